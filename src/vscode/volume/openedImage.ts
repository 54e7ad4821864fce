/** The image of one editor: which files it is, which case they belong to, what was read of them, and whether they are still the same. */
import { posix } from 'node:path';
import type { Failure, HeaderEntry, ImageLoaded, ImagePreview, VolumeDescription } from '../../protocol/volume';
import { fileRoleByFolder } from '../../dataset/fileRole';
import { findCase, type CaseContext } from './caseContext';
import type { SessionHost, SessionWorker } from './sessionHost';
import type { ImageSource } from './volumeReader';

export class OpenedImage {
  context: CaseContext | undefined;
  preview: Promise<ImagePreview | undefined> | undefined;
  /** What the page was told of the labels in the file, where it is a label map. */
  labels: ImageLoaded['labels'] = null;
  /** Of the files that were read; undefined before. */
  private version: string | undefined;
  /** What was read before the page asked. */
  private prepared: Promise<VolumeDescription> | undefined;
  /** The opened file, on this machine. */
  private file = '';

  constructor(
    private readonly path: string,
    private readonly host: SessionHost,
    private readonly worker: SessionWorker,
  ) {}

  /** Reads while the page is being loaded. */
  prepare(): void {
    this.prepared = this.readNow();
    // Told when the page asks.
    this.prepared.catch(() => undefined);
  }

  async read(): Promise<VolumeDescription> {
    try {
      return await (this.prepared ?? this.readNow());
    } finally {
      this.prepared = undefined;
    }
  }

  private async readNow(): Promise<VolumeDescription> {
    this.file = '';
    this.labels = null;
    this.context = await findCase(this.path, this.host.files);
    this.version = await this.versionNow();
    this.file = await this.host.local(this.path);
    const { channelFiles, opened, channelNames } = this.context;
    // Other channels are fetched when they are looked at; until then only their names are needed.
    const files = channelFiles.map((path, i) => (i === opened ? this.file : path));
    const name = posix.basename(this.path);
    const role = fileRoleByFolder(this.path);
    const source: ImageSource = { name, files, opened, role, channelNames, limitBytes: this.host.limitBytes() };
    const description = await this.worker.run({ task: 'open', source });
    this.host.milestone?.('header read');
    // Comes before what the page will ask for; a failure is told then.
    this.preview = this.worker.run({ task: 'preview', channel: description.openedChannel }).catch(() => undefined);
    return description;
  }

  /** What can be said of a file that could not be read. */
  async known(): Promise<HeaderEntry[]> {
    if (!this.file) return [];
    return this.worker.run({ task: 'known', file: this.file, role: fileRoleByFolder(this.path) }).catch(() => []);
  }

  get wasRead(): boolean {
    return this.version !== undefined;
  }

  /** What is gone stays in sight; it may be on its way back. */
  async isRewritten(): Promise<boolean> {
    const version = await this.versionNow();
    return version !== '' && version !== this.version;
  }

  /** Empty where a file is missing. */
  private async versionNow(): Promise<string> {
    const paths = this.context?.channelFiles ?? [this.path];
    const versions = await Promise.all(paths.map((path) => this.host.files.version(path)));
    return versions.includes(undefined) ? '' : versions.join('\n');
  }

  /** Brings a channel that lies on another file system here, and tells the worker where. */
  async fetchChannel(channel: number): Promise<void> {
    const path = this.context?.channelFiles[channel];
    if (path === undefined || channel === this.context?.opened) return;
    const file = await this.host.local(path);
    if (file !== path) await this.worker.run({ task: 'channel', channel, file });
  }

  /** The person knows the file by its own place, not by that of a copy. */
  withRealPath(failure: Failure): Failure {
    return this.file && failure.where === this.file ? { ...failure, where: this.path } : failure;
  }
}
