/** Entry of the volume editor's page: shows what the host sends, or why there is nothing to show. */
import '../language';
import { t } from '@vscode/l10n';
import { button, onThemeChange, progressRing } from '../controls';
import type { HeaderEntry, Failure, VolumeRequests, VolumeToHost, VolumeToWebview } from '../../src/protocol/volume';
import type { CasePlace } from './caseSteps';
import { Connection, type Announcement } from './connection';
import { element } from './element';
import { headerTables } from './fileSection';
import { reached } from './milestones';
import { Page } from './page';
import { restoredState, type ViewState } from './state';
import { Study } from './study';
import './volume.css';

reached('script');
const vscode = acquireVsCodeApi<unknown>();
const post = (message: VolumeToHost): void => vscode.postMessage(message);

let page: Page | undefined;
/** Arrived before the page was there. */
let early: Announcement[] = [];

const connection = new Connection(post, announced);

function announced(message: Announcement): void {
  switch (message.type) {
    case 'document': {
      reached('document');
      const carried = page?.carried;
      page?.dispose();
      connection.dropQuestions();
      const state = restoredState(vscode.getState(), message.settings);
      const study = new Study(message.description, message.labels, connection, () => page?.request());
      const host = {
        save: (kept: ViewState) => vscode.setState(kept),
        chooseSegmentation: async () => (await connection.ask('chooseSegmentation', {}).answer).segmentation,
        savePicture: (ask: VolumeRequests['save']['ask']) => connection.ask('save', ask),
        showCase: (step: 1 | -1, by: CasePlace['by']) => post({ type: 'showCase', step, by }),
        defect: (error: unknown) => defect(String(error)),
      };
      page = new Page(study, state, host, carried);
      document.body.replaceChildren(page.element);
      early.forEach(announced);
      early = [];
      return;
    }
    case 'failed':
      showFailure(message.failure, message.known);
      return;
    case 'segmentations':
      if (!page) early.push(message);
      page?.setSegmentations(message.segmentations);
      return;
    case 'cases':
      if (!page) early.push(message);
      page?.setCases(message);
      return;
    case 'open':
      if (!page) early.push(message);
      page?.open(message.segmentations, message.layout, message.goTo === 'largestError');
      return;
    case 'preview':
      page?.study.image.takePreview(message.preview);
      return;
    case 'growing':
      page?.study.grow(message);
      return;
    case 'grown':
      page?.study.endGrowing(message.segmentation);
      return;
    case 'askCrosshair':
      if (page) post({ type: 'crosshair', voxel: page.crosshairVoxel, region: page.state.region ?? undefined });
      return;
    case 'settings':
      page?.change({ isRadiological: message.settings.isRadiological, opacity: message.settings.maskOpacity });
  }
}

function showFailure(failure: Failure, known: HeaderEntry[]): void {
  page?.dispose();
  page = undefined;
  const heading = element('h1', '', t("This file can't be shown"));
  const reason = element('p', 'reason', failure.message);
  reason.setAttribute('role', 'alert');
  const lines = [failure.where, failure.hint].filter((line): line is string => Boolean(line));
  const reopen = button({ label: t('Open With…'), onClick: () => post({ type: 'reopen' }) });
  const sheet = known.length > 0 ? [element('h2', '', t('What is known about it')), ...headerTables(known)] : [];
  document.body.replaceChildren(
    element(
      'div',
      'failure',
      heading,
      reason,
      ...lines.map((line) => element('p', '', line)),
      reopen.element,
      ...sheet,
    ),
  );
}

function showWaiting(): void {
  document.body.replaceChildren(element('div', 'waiting', progressRing(t('Reading the file'))));
}

/** A defect of ours is told to the log, and to the person where nothing else is on the page. */
function defect(message: string): void {
  post({ type: 'defect', message });
  if (!page)
    showFailure({ code: 'defect', message, hint: t('The log has the details (command “nnU-Net: Show Log”).') }, []);
}

window.addEventListener('message', (event: MessageEvent<VolumeToWebview>) => connection.receive(event.data));
window.addEventListener('error', (event) => {
  // Browsers report this harmless notice as an error.
  if (!event.message.startsWith('ResizeObserver loop')) defect(event.message);
});
window.addEventListener('unhandledrejection', (event) => defect(String(event.reason)));
onThemeChange(() => page?.request());
showWaiting();
post({ type: 'ready' });
