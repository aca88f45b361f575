import test from 'ava';
import type {Facts, Step} from '../../src/model.ts';
import {swap, withoutSwap} from '../../src/phases/swap.ts';
import {contentOf, filled} from '../../src/steps/content.ts';
import {scopesOf} from './cluster.ts';

const fstab = '# old: /dev/sdc none swap sw 0 0\nUUID=1 / ext4 rw 0 1\n/dev/sda2\tnone swap sw 0 0\n/swap /data ext4 rw 0 0\n';

function steps(file: {readonly text?: string; readonly latin1?: true} | undefined, more: Partial<Facts> = {}): readonly Step[] {
	const seen = {mode: file?.text === undefined ? '0600' : '0644', owner: 'root:root', size: 9, ...file};
	const files = file === undefined ? {} : {'/etc/fstab': seen};
	return swap.steps(scopesOf([{name: 'cp1', facts: {files, ...more}}]).cp1!);
}

const nextSwap = (stdout: string) => ({probes: {nextSwap: {code: 0, stdout, stderr: ''}}});

test('only lines that mount swap are put out of force, and the rest keeps its bytes', (t) => {
	t.is(withoutSwap(fstab), fstab.replace('/dev/sda2', '# kubestrap: swap off: /dev/sda2'));
	t.is(withoutSwap(withoutSwap(fstab)), withoutSwap(fstab));
});

test('a readable fstab is written, with its mode; every unit of the next boot is masked before swap goes off', (t) => {
	const found =
		'unit dev-disk-by\\x2duuid-1.swap\tsystemd-gpt-auto-generator\nunit zramswap.service\tservice\nfile /etc/rc.local\t-\n';
	const all = steps({text: fstab}, nextSwap(found));
	t.like(all[0], {kind: 'file', path: '/etc/fstab', mode: '0644', content: withoutSwap(fstab)});
	t.deepEqual(all.slice(1, 3), [
		{kind: 'masked', unit: 'dev-disk-by\\x2duuid-1.swap'},
		{kind: 'masked', unit: 'zramswap.service'},
	]);
	t.like(all[3], {kind: 'run', title: 'swapoff --all'});
});

test('an fstab that is no UTF-8 keeps its bytes', (t) => {
	const bytes = Buffer.from('# Gro\xdfe Platte\n/dev/sda2 none swap sw 0 0\n', 'latin1');
	const [step] = steps({text: bytes.toString('latin1'), latin1: true});
	const written = step?.kind === 'file' ? filled(contentOf(step) ?? '', new Map()) : Buffer.alloc(0);
	t.is(written.toString('latin1'), '# Gro\xdfe Platte\n# kubestrap: swap off: /dev/sda2 none swap sw 0 0\n');
});

test('an fstab that only root may read is left alone', (t) => {
	t.false(steps({}).some(({kind}) => kind === 'file'));
});

test('what is no name of a unit is never one, whatever a machine says', (t) => {
	const all = steps(undefined, nextSwap('unit ../../x.swap\tx\nunit a b.swap\tx\nunit ssh.socket\tx\nunit \t\n'));
	t.deepEqual(
		all.map(({kind}) => kind),
		['run'],
	);
});

test('in a container swap is the host\u2019s', (t) => {
	t.deepEqual(steps(undefined, {container: 'lxc', ...nextSwap('unit a.swap\tx\n')}), []);
});
