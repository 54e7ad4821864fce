/** Which SNOMED CT codes say what a label shows? Programs that read a DICOM SEG go by codes, people by names. */

/** Coding scheme SCT. */
export interface Code {
  value: string;
  meaning: string;
}

interface StructureCodes {
  category: Code;
  type: Code;
}

const anatomy: Code = { value: '123037004', meaning: 'Anatomical Structure' };
const abnormal: Code = { value: '49755003', meaning: 'Morphologically Altered Structure' };
const tissue: Code = { value: '85756007', meaning: 'Tissue' };

/** Words of labels, the more special ones first. */
const known: readonly (readonly [words: RegExp, category: Code, value: string, meaning: string])[] = [
  [/tumou?r|neoplasm|cancer|carcinoma/, abnormal, '108369006', 'Neoplasm'],
  [/metasta/, abnormal, '79282002', 'Metastasis'],
  [/necro/, abnormal, '6574001', 'Necrosis'],
  [/o?edema/, abnormal, '79654002', 'Edema'],
  [/cyst\b|cysts\b/, abnormal, '441457006', 'Cyst'],
  [/nodule/, abnormal, '27925004', 'Nodule'],
  [/lesion|stroke|infarct/, abnormal, '52988006', 'Lesion'],
  [/gall.?bladder/, anatomy, '28231008', 'Gallbladder'],
  [/bladder/, anatomy, '89837001', 'Urinary bladder'],
  [/liver/, anatomy, '10200004', 'Liver'],
  [/spleen/, anatomy, '78961009', 'Spleen'],
  [/adrenal/, anatomy, '23451007', 'Adrenal gland'],
  [/kidney/, anatomy, '64033007', 'Kidney'],
  [/pancrea/, anatomy, '15776009', 'Pancreas'],
  [/stomach/, anatomy, '69695003', 'Stomach'],
  [/duodenum/, anatomy, '38848004', 'Duodenum'],
  [/colon/, anatomy, '71854001', 'Colon'],
  [/(o?esophagus)/, anatomy, '32849002', 'Esophagus'],
  [/aorta/, anatomy, '15825003', 'Aorta'],
  [/left.*atrium/, anatomy, '82471001', 'Left atrium'],
  [/heart/, anatomy, '80891009', 'Heart'],
  [/lung/, anatomy, '39607008', 'Lung'],
  [/trachea/, anatomy, '44567001', 'Trachea'],
  [/hippocamp|^anterior$|^posterior$/, anatomy, '5366008', 'Hippocampus'],
  [/brain.?stem/, anatomy, '15926001', 'Brainstem'],
  [/brain/, anatomy, '12738006', 'Brain'],
  [/prostate|peripheral zone|transition/, anatomy, '41216001', 'Prostate'],
  [/uterus/, anatomy, '35039007', 'Uterus'],
  [/vertebra/, anatomy, '51282000', 'Vertebra'],
  [/femur/, anatomy, '71341001', 'Femur'],
  [/bone/, anatomy, '272673000', 'Bone'],
  [/thyroid/, anatomy, '69748006', 'Thyroid'],
];

/** What no word tells is tissue. */
export function structureCodes(name: string): StructureCodes {
  const words = name.toLowerCase().replace(/_/g, ' ');
  const found = known.find(([pattern]) => pattern.test(words));
  if (!found) return { category: tissue, type: tissue };
  const [, category, value, meaning] = found;
  return { category, type: { value, meaning } };
}
