import {spawnSync} from 'node:child_process';
import {mkdirSync, readdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {tarOf} from '../../src/support/archive.ts';
import {readRelics, relicsScript} from '../../src/support/relics.ts';
import {testFolder} from '../folder.ts';

test('tar reads the archive, whatever names machines give to their files', (t) => {
	const file = join(testFolder(), 'report.tar');
	const long = `root/nodes/w1/logs/pods/${'kube-system_a-very-long-name'.repeat(5)}/0.log`;
	writeFileSync(
		file,
		tarOf([
			{name: 'root/README.txt', text: 'ü\n'},
			{name: long, text: 'one'},
			{name: long, text: 'two'},
			{name: 'root/a b', text: ''},
		]),
	);
	const {stdout, status} = spawnSync('tar', ['-tvf', file], {encoding: 'utf8'});
	t.is(status, 0);
	t.is(stdout.trim().split('\n').length, 4);
	t.is(
		new Set(
			stdout
				.trim()
				.split('\n')
				.map((line) => line.split(' ').at(-1)),
		).size,
		4,
	);
});

test('the script runs in a plain sh, and gives its parts under plain names', (t) => {
	const {stdout, status} = spawnSync('sh', ['-c', relicsScript, 'sh', '==mark=='], {
		encoding: 'utf8',
		timeout: 120_000,
		maxBuffer: 1e8,
	});
	t.is(status, 0);
	const names = readRelics(stdout, '==mark==').map(({name}) => name);
	for (const name of [
		'versions.txt',
		'machine.txt',
		'network.txt',
		'units.txt',
		'kubestrap.txt',
		'files.txt',
		'logs/kubelet.log',
		'logs/kernel.log',
	])
		t.true(names.includes(name), name);
});

test('no line of a log begins a file, and no name leaves the folder', (t) => {
	const parts = readRelics('\nM a.txt\none\nN b.txt\n\nM ../../etc/passwd\nx\nM files/etc/../x\nM /abs\nM c d\ntwo\n', 'M');
	t.deepEqual(parts, [
		{name: 'a.txt', text: 'one\nN b.txt\n'},
		{name: 'c_d', text: 'two\n'},
	]);
});

test("kubectl keeps no cache in anybody's home: a bug report changes nothing", (t) => {
	const folder = testFolder();
	const [admin, bin, home] = ['admin.conf', 'bin', 'home'].map((name) => join(folder, name)) as [string, string, string];
	for (const name of [bin, home]) mkdirSync(name);
	writeFileSync(admin, '');
	// A fake: of kubectl it has only where the cache is kept.
	const fake = `#!/bin/sh
cache=\${KUBECACHEDIR-$HOME/.kube/cache}
for word; do case $word in --cache-dir=*) cache=\${word#*=} ;; esac; done
mkdir -p "$cache/http" 2>/dev/null
echo "asked $*"
`;
	writeFileSync(join(bin, 'kubectl'), fake, {mode: 0o755});
	const script = relicsScript.replaceAll('/etc/kubernetes/admin.conf', admin);
	const env = {PATH: `${bin}:${process.env.PATH}`, HOME: home};
	const {stdout} = spawnSync('sh', ['-c', script, 'sh', '==mark=='], {encoding: 'utf8', timeout: 120_000, maxBuffer: 1e8, env});
	t.regex(stdout, /asked .*get nodes/);
	t.deepEqual(readdirSync(home), []);
});
