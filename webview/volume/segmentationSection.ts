/** The sheet of segmentations: which there are, which are shown, and how they are drawn. */
import { t } from '@vscode/l10n';
import { button, checkbox, progressRing, slider } from '../controls';
import type { SegmentationInfo } from '../../src/protocol/volume';
import { alertText, element, middleName } from './element';
import { failures } from './failures';
import { Section } from './section';
import type { SectionOwner } from './sectionOwner';
import { shownIds } from './state';

export function segmentationSection(owner: SectionOwner): Section {
  return new Section(
    t('Segmentations'),
    () => {
      const { study, state } = owner;
      const loads = study.segmentations.map(({ id, name, detail, source }) => {
        const load = shownIds(state).includes(id) ? study.mask(id) : undefined;
        return [id, name, detail, source, load?.state, failures(study, state).masks.get(id)];
      });
      return JSON.stringify([loads, state.segmentations, state.layout, state.opacity, state.isOutline]);
    },
    () => {
      const { study, state } = owner;
      const rows = study.segmentations.map((one) => segmentationRow(owner, one));
      const add = button({
        label: t('Add Segmentation…'),
        title: t('Show a segmentation from another file'),
        onClick: () => owner.chooseSegmentation(),
      });
      const empty = element(
        'p',
        'hint',
        t(
          'No segmentation of this case was found. A mask of its name beside the image or in a folder like masks or labelsTr appears here by itself, and so does a prediction.',
        ),
      );
      const looks = element('div', 'row looks');
      looks.append(
        slider({
          label: t('Opacity'),
          min: 0,
          max: 1,
          step: 0.05,
          value: state.opacity,
          describe: (value) => `${Math.round(value * 100)} %`,
          onInput: (opacity) => owner.change({ opacity }),
        }).element,
        checkbox({
          label: t('Outline'),
          title: t('Draw labels as outlines (O)'),
          checked: state.isOutline,
          onChange: (isOutline) => owner.change({ isOutline }),
        }).element,
      );
      return [...(rows.length > 0 ? [...rows, looks] : [empty]), add.element];
    },
  );
}

const kinds: Record<SegmentationInfo['source'], string> = {
  label: t('the reference'),
  prediction: t("a model's"),
  file: t('a file'),
};

function segmentationRow({ study, state, change }: SectionOwner, one: SegmentationInfo): HTMLElement {
  const shown = shownIds(state);
  const isShown = shown.includes(one.id);
  const box = checkbox({
    label: one.name,
    content: middleName(one.name, `${one.name}, ${kinds[one.source]} (${one.detail})`),
    title: `${one.name}, ${kinds[one.source]} (${one.detail})`,
    checked: isShown,
    onChange: (checked) => {
      const ids = checked ? [...shown, one.id] : shown.filter((id) => id !== one.id);
      if (state.layout.kind === 'compare') change({ layout: { ...state.layout, segmentations: ids } });
      else change({ segmentations: ids, hasChosenSegmentations: true });
    },
  });
  const row = element('div', 'row segmentation', box.element);
  const load = isShown ? study.mask(one.id) : undefined;
  if (load?.state === 'loading') row.append(progressRing(t('Reading')));
  if (load?.state === 'failed') {
    const said = failures(study, state).masks.get(one.id);
    const again = button({ label: t('Try Again'), onClick: () => study.retry(one.id) });
    return element('div', 'block', row, ...(said ? [alertText(said.message, said.hint)] : []), again.element);
  }
  const warnings =
    load?.state === 'ready' ? load.value.warnings.map(({ message }) => element('p', 'hint', message)) : [];
  return warnings.length > 0 ? element('div', 'block', row, ...warnings) : row;
}
