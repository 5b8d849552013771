import { h, type FunctionalComponent } from 'vue';

/** A path-like name that breaks behind its separators and between its words, where it has to break. Not a template: its whitespace would show. */
export const BreakingName: FunctionalComponent<{ name: string }> = ({ name }) =>
  name.split(/(?<=[/._:×])|(?<=[a-z])(?=[A-Z])/).flatMap((part) => [part, h('wbr')]);
BreakingName.props = ['name'];
