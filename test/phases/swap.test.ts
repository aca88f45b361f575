import test from 'ava';
import type {Facts, Step} from '../../src/model.ts';
import {swap, withoutSwap} from '../../src/phases/swap.ts';
import {scopesOf} from './cluster.ts';

const fstab = '# old: /dev/sdc none swap sw 0 0\nUUID=1 / ext4 rw 0 1\n/dev/sda2\tnone swap sw 0 0\n/swap /data ext4 rw 0 0\n';

function steps(file: {readonly text?: string} | undefined, more: Partial<Facts> = {}): readonly Step[] {
	const seen = {mode: file?.text === undefined ? '0600' : '0644', owner: 'root:root', size: 9, ...file};
	const files = file === undefined ? {} : {'/etc/fstab': seen};
	return swap.steps(scopesOf([{name: 'cp1', facts: {files, ...more}}]).cp1!);
}

/** The states of units that must be gone, of the step that masks them. */
const masked = (all: readonly Step[]) =>
	all.flatMap((step) =>
		step.kind === 'run' && typeof step.unless === 'object' && 'args' in step.unless ? step.unless.args : [],
	);

test('only lines that mount swap are put out of force, and the rest keeps its bytes', (t) => {
	t.is(withoutSwap(fstab), fstab.replace('/dev/sda2', '# kubestrap: swap off: /dev/sda2'));
	t.is(withoutSwap(withoutSwap(fstab)), withoutSwap(fstab));
});

test('a readable fstab is written, with its mode; units of other origin are masked', (t) => {
	const all = steps({text: fstab});
	t.like(all[0], {kind: 'file', path: '/etc/fstab', mode: '0644', content: withoutSwap(fstab)});
	t.deepEqual(masked(all), ['enabled,static']);
});

test('an fstab that only root may read is left alone, and the units that come of it are masked', (t) => {
	const all = steps({});
	t.false(all.some(({kind}) => kind === 'file'));
	t.deepEqual(masked(all), ['enabled,static,generated']);
});

test('in a container swap is the host\u2019s', (t) => {
	t.deepEqual(steps(undefined, {container: 'lxc'}), []);
});
