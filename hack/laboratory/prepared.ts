/** What a machine has that kubeadm can work on: everything of the recipe before the first certificate, as `--only-phases` takes it. */
import {init} from '../../src/recipes.ts';

const names = init.phases.map(({name}) => name);

export const prepared = names.slice(0, names.indexOf('authorities')).join(',');
