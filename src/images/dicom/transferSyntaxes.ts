/** How DICOM files store their voxels, by the UID of the transfer syntax. */

interface TransferSyntax {
  name: string;
  /** Compressed voxels are decoded by GDCM (ITK). */
  isCompressed: boolean;
  isBigEndian?: boolean;
}

const plain = (name: string): TransferSyntax => ({ name, isCompressed: false });
const compressed = (name: string): TransferSyntax => ({ name, isCompressed: true });

const readable: Readonly<Record<string, TransferSyntax>> = {
  '1.2.840.10008.1.2': plain('implicit little endian'),
  '1.2.840.10008.1.2.1': plain('explicit little endian'),
  '1.2.840.10008.1.2.1.99': plain('deflated'),
  '1.2.840.10008.1.2.2': { ...plain('explicit big endian'), isBigEndian: true },
  '1.2.840.10008.1.2.4.50': compressed('JPEG baseline'),
  '1.2.840.10008.1.2.4.51': compressed('JPEG extended'),
  '1.2.840.10008.1.2.4.57': compressed('JPEG lossless'),
  '1.2.840.10008.1.2.4.70': compressed('JPEG lossless'),
  '1.2.840.10008.1.2.4.80': compressed('JPEG-LS lossless'),
  '1.2.840.10008.1.2.4.81': compressed('JPEG-LS'),
  '1.2.840.10008.1.2.4.90': compressed('JPEG 2000 lossless'),
  '1.2.840.10008.1.2.4.91': compressed('JPEG 2000'),
  '1.2.840.10008.1.2.5': compressed('RLE'),
};

/** Known, but nothing here decodes them. */
const unreadable: Readonly<Record<string, string>> = {
  '1.2.840.10008.1.2.4.92': 'JPEG 2000 part 2',
  '1.2.840.10008.1.2.4.93': 'JPEG 2000 part 2',
  '1.2.840.10008.1.2.4.94': 'JPIP (voxels on a server)',
  '1.2.840.10008.1.2.4.95': 'JPIP (voxels on a server)',
  '1.2.840.10008.1.2.4.100': 'MPEG-2 video',
  '1.2.840.10008.1.2.4.101': 'MPEG-2 video',
  '1.2.840.10008.1.2.4.102': 'MPEG-4 video',
  '1.2.840.10008.1.2.4.103': 'MPEG-4 video',
  '1.2.840.10008.1.2.4.107': 'HEVC video',
  '1.2.840.10008.1.2.4.110': 'JPEG XL',
  '1.2.840.10008.1.2.4.111': 'JPEG XL',
  '1.2.840.10008.1.2.4.112': 'JPEG XL',
  '1.2.840.10008.1.2.4.201': 'high-throughput JPEG 2000',
  '1.2.840.10008.1.2.4.202': 'high-throughput JPEG 2000',
  '1.2.840.10008.1.2.4.203': 'high-throughput JPEG 2000',
};

export function transferSyntaxOf(uid: string): TransferSyntax | undefined {
  return readable[uid];
}

export function nameOfTransferSyntax(uid: string): string {
  const name = readable[uid]?.name ?? unreadable[uid];
  return name === undefined ? `the unknown transfer syntax ${uid}` : `${name} (${uid})`;
}
