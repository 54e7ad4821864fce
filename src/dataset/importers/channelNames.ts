/** Names the channels of an imported dataset so that nnU-Net normalises each as it should: CT, RGB, or anything else. */
import { isChannelWord } from './words';

/** What was seen of one channel in a few cases. */
export interface ChannelSurvey {
  min: number;
  max: number;
  /** All values seen are whole numbers. */
  whole: boolean;
  /** Components per pixel of the file: 3 or 4 for colour pictures. */
  components: number;
  /** A photograph or drawing (PNG, TIFF, …), not a medical volume. */
  isPicture: boolean;
}

const ctWord = /^(ct|cta|cbct|ncct|cect)$/i;
const otherModality = /^(mr|mri|pet|suv|us|t1.*|t2.*|flair|dwi|adc|pd)$/i;
/** Channel words in the spelling that papers use. */
const spelling: Record<string, string> = {
  t1: 'T1',
  t1w: 'T1w',
  t1c: 'T1c',
  t1ce: 'T1ce',
  t1gd: 'T1gd',
  t2: 'T2',
  t2w: 'T2w',
  t2star: 'T2star',
  flair: 'FLAIR',
  dwi: 'DWI',
  adc: 'ADC',
  pet: 'PET',
  mr: 'MRI',
  mri: 'MRI',
};

/**
 * @param surveys  one per image file of a case, in channel order
 * @param channelWords  words that tell the files apart; one empty string if there is one file
 * @param words  words of the source's folder and first image, for a single channel without a word of its own
 * @returns one name per channel; a colour file gives one per component
 */
export function inferChannelNames(
  surveys: readonly ChannelSurvey[],
  channelWords: readonly string[],
  words: readonly string[],
  report: string[],
): string[] {
  const names = surveys.flatMap((survey, i) => {
    const word = channelWords[i] ?? '';
    if (survey.components >= 3 && survey.isPicture && survey.min >= 0 && survey.max <= 255) {
      report.push(`Colour pictures: the ${survey.components} channels are scaled by 1/255 (rgb_to_0_1).`);
      return Array.from({ length: survey.components }, () => 'rgb_to_0_1');
    }
    const name = nameOne(survey, word, surveys.length === 1 ? words : [], report);
    return Array.from({ length: survey.components }, (_, component) =>
      survey.components === 1 ? name : `${name}_${component}`,
    );
  });
  return distinct(names);
}

function nameOne(survey: ChannelSurvey, word: string, words: readonly string[], report: string[]): string {
  const range = `${format(survey.min)} to ${format(survey.max)}`;
  const said = word && isChannelWord(word) ? word : words.find(isChannelWord);
  if (said && ctWord.test(said)) {
    report.push(`Channel "CT", as the names say "${said}" (values ${range}).`);
    return 'CT';
  }
  if (!said && !words.some((other) => otherModality.test(other)) && looksLikeHounsfield(survey)) {
    report.push(`Channel "CT", as the values ${range} look like Hounsfield units.`);
    return 'CT';
  }
  if (said) return spelling[said.toLowerCase()] ?? said;
  if (word && !/^\d+$/.test(word)) return word;
  return survey.isPicture ? 'grey' : 'MRI';
}

/** Air near -1000 and bone above soft tissue; or, clipped to a window, whole numbers well below and above 0. */
function looksLikeHounsfield({ min, max, whole }: ChannelSurvey): boolean {
  return max >= 100 && min >= -32768 && (min <= -500 || (min <= -100 && whole));
}

/** Two channels of the same name could not be told apart in the curves and the viewer; schemes keep their names. */
function distinct(names: readonly string[]): string[] {
  const schemes = new Set(['CT', 'rgb_to_0_1']);
  return names.map((name, i) => {
    const repeated = names.filter((other) => other === name).length > 1;
    return repeated && !schemes.has(name) ? `${name}_${i}` : name;
  });
}

function format(value: number): string {
  return String(Number(value.toPrecision(6)));
}
