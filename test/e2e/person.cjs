'use strict';
// What a person does at the workbench, counted: each press of a button, row or key that answers something is one.
const assert = require('node:assert/strict');
const { eventually } = require('./story.cjs');

class Person {
  /** @param {import('./story.cjs').Story} story */
  constructor(story) {
    this.story = story;
    this.acts = [];
    this.since = 0;
  }

  /** From here on acts count towards something new. */
  begin() {
    this.acts = [];
  }

  async click(what, locator) {
    await locator.waitFor();
    // A list that was just filled may still move its rows.
    await this.story.page.waitForTimeout(150);
    await locator.click();
    this.acted(what);
  }

  /** Answers an input box: Enter alone, or after words of one's own. */
  async answer(title, text) {
    const { page } = this.story;
    await page.locator('.quick-input-title', { hasText: title }).waitFor();
    const input = page.locator('.quick-input-widget input.input');
    if (text !== undefined) await input.fill(text);
    await eventually(async () => assert.notEqual(await input.inputValue(), '', `${title} has no suggestion`));
    await page.keyboard.press('Enter');
    this.acted(`Enter at ${title}`);
  }

  acted(what) {
    this.acts.push(what);
    this.since = Date.now();
  }

  /** Says how long after the last act something was to be seen: for people to read, machines differ. */
  async sees(what, locator) {
    await locator.waitFor();
    this.story.t.diagnostic(`${what}: ${((Date.now() - this.since) / 1000).toFixed(1)} s after "${this.acts.at(-1)}"`);
  }

  needed(what, most) {
    this.story.t.diagnostic(`${what}: ${this.acts.length} clicks and answers: ${this.acts.join(', ')}`);
    assert.ok(this.acts.length <= most, `${what} takes ${this.acts.length}, at most ${most}: ${this.acts.join(', ')}`);
  }
}

module.exports = { Person };
