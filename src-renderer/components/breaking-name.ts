import { h, type FunctionalComponent } from 'vue';

/** A path-like name that breaks behind its separators, where it has to break. Not a template: its whitespace would show. */
export const BreakingName: FunctionalComponent<{ name: string }> = ({ name }) => name.split(/(?<=[/._:])/).flatMap((part) => [part, h('wbr')]);
BreakingName.props = ['name'];
