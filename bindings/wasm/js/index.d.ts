/** A model file, read and checked. Immutable; any number of spotters may listen with it. */
export class Model {
  /**
   * Reads a model file; or, with a base, an adapter's.
   * @throws {Error} what was expected, and what was found, where it is no model
   */
  constructor(bytes: Uint8Array | ArrayBuffer, base?: Base);
  /** What the file says of itself: labels, thresholds, front end, evidence. */
  readonly manifest: Manifest;
  /** SHA-256 of the file, in hexadecimal. */
  readonly sha256: string;
  /** The keywords' language, a BCP 47 tag. */
  readonly language: string;
  /** The words that are detected. */
  readonly keywords: string[];
  /** The rate that samples must have, in Hz. */
  readonly sampleRate: number;
  /** What the network says of a whole recording, before anything is averaged or decided. */
  posteriors(samples: Samples): Posteriors;
  /** Gives the memory back now; else it is given back some time after nobody holds the model any more. */
  free(): void;
}

/** A network that adapters of many languages make models of. */
export class Base {
  constructor(bytes: Uint8Array | ArrayBuffer);
  free(): void;
}

/** Listens to one stream of audio, in one language or in several at once. */
export class Spotter {
  constructor(models: Model | Model[], options?: WakeOptions & { wake?: Model });
  /** The models listening. */
  readonly models: Model[];
  /** The smoothed posteriors of the last step, in 0..=1: one array for each model, one number for each of its labels. */
  readonly posteriors: Float32Array[];
  /** Takes any number of samples (mono, at the model's rate), and gives the keywords that they complete. */
  push(samples: Samples): Detection[];
  /** Ends the stream: gives what may still be heard at its end, and starts anew. */
  flush(): Detection[];
  /** Forgets all that was heard. */
  reset(): void;
  /** Goes on in other languages: no sample is lost or heard twice. */
  swap(models: Model | Model[]): void;
  /** Sets every keyword's threshold, in 0..=1, in place of the models' own. */
  setThresholds(threshold: number): void;
  /** Does what a wake word does: a button was pressed. */
  arm(): void;
  /** Whether a keyword may count now; always where none has to wait. */
  readonly isArmed: boolean;
  free(): void;
}

/** Keywords count only for some time after a wake word, which is no detection itself. */
export interface WakeOptions {
  /** Which words of the wake model wake; any of them if none is named. */
  wakeKeywords?: string[];
  /** A keyword counts if it ends so many seconds after the wake word, 1 to 3600; 6 by default. Without a wake model only `arm` wakes. */
  window?: number;
}

/** The features of a model (MFCC), to look at or to train with. */
export class FrontEnd {
  constructor(model: Model);
  /** Takes any number of samples, and gives the frames that they complete. */
  push(samples: Samples): { data: Float32Array; frames: number; coefficients: number };
  free(): void;
}

/** Float samples are in -1..=1, whole ones in -32768..=32767. */
export type Samples = Float32Array | Int16Array;

/** A keyword heard. */
export interface Detection {
  keyword: string;
  /** The model's language, a BCP 47 tag. */
  language: string;
  /** Smoothed posterior at its peak, in 0..=1. */
  score: number;
  /** Where the audio that holds the keyword begins and ends, in seconds from the start of the stream. */
  start: number;
  end: number;
  /** The same in samples. */
  startSample: number;
  endSample: number;
}

/** Probabilities `[steps, labels]`, row after row. */
export interface Posteriors {
  data: Float32Array;
  steps: number;
  labels: number;
}

/** What a model file says of itself; docs/model-format.md describes all of it. */
export interface Manifest {
  version: number;
  language: string;
  labels: {
    name: string;
    kind: "keyword" | "unknown" | "silence";
    threshold?: number;
    gloss?: string;
    romanisation?: string;
  }[];
  front_end: { sample_rate_hz: number; hop_samples: number; coefficients: number; mel_bins: number; [key: string]: unknown };
  [key: string]: unknown;
}

/** A model, its bytes, its URL (in Node: its path), or the language of a model of this package: `"en"`, `"ar"` or `"zh"`. */
export type ModelSource = string | URL | Uint8Array | ArrayBuffer;

/** Reads a model from wherever it is. */
export function loadModel(source: ModelSource | Model): Promise<Model>;

/** A model with a word more. */
export interface Enrolled {
  /** The model file, for {@link Model} or to be kept. */
  model: Uint8Array;
  /** How far each take is from other speech, seen from the other takes, in standard deviations. */
  deviations: number[];
  /** How far the word must be to be detected: a take below that is to be recorded again. */
  leastDeviations: number;
  /** What each label of the model has of the takes, in 0..=1: a word that is much like a keyword may be heard as it. */
  posteriors: Record<string, number>;
}

/**
 * Adds a word to a model from a few takes of it (mono, at the model's rate): three to five by the person who will say it, one word in
 * each. Nothing is trained: it takes a moment, and the model's keywords stay as they are.
 * @throws {Error} names the take that holds no word, or why the model cannot learn
 */
export function enrol(options: { model: ModelSource; word: string; takes: Samples[] }): Promise<Enrolled>;

export interface ListenOptions extends WakeOptions {
  model: ModelSource | ModelSource[];
  /** The model of the wake word. */
  wake?: ModelSource;
  onDetection: (detection: Detection) => void;
  /** Called when keywords begin to count, and when they do not any more. */
  onArmed?: (isArmed: boolean) => void;
  /** Called every 20 ms, for displays. */
  onProgress?: (progress: Progress) => void;
  /** The microphone was removed, or listening has failed. By default `reportError`. */
  onError?: (error: Error) => void;
  /** For `getUserMedia`; by default the microphone is left as it is, without noise suppression and automatic gain. */
  constraints?: MediaTrackConstraints;
  /** Audio that is open already, in place of the microphone. It is left open. */
  stream?: MediaStream;
}

export interface Progress {
  /** Highest amplitude of the last 20 ms, in 0..=1. */
  level: number;
  /** MFCC frames `[frames, coefficients]` that they completed. */
  features: Float32Array;
  /** As {@link Spotter.posteriors}. */
  posteriors: Float32Array[];
}

/** A microphone that is being listened to. */
export interface Listening {
  readonly models: Model[];
  /** Goes on in other languages: no sample is lost or heard twice. */
  swap(model: ModelSource | ModelSource[]): Promise<void>;
  /** Does what a wake word does: a button was pressed. */
  arm(): Promise<void>;
  /** Reports what may still be heard, and closes the microphone. */
  stop(): Promise<void>;
}

/** Listens to the microphone. In browsers only: Node has none. */
export function listen(options: ListenOptions): Promise<Listening>;

/** Bytes of the module's memory. */
export function memoryBytes(): number;
