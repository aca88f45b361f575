/** How pods are ended: a process that plays a shim, in a PID namespace of the test's own, and fakes of crictl, ctr and systemctl that say so. */
import {spawnSync} from 'node:child_process';
import {chmodSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import type {Command, Facts, Step} from '../../src/model.ts';
import {resetPods} from '../../src/phases/reset-pods.ts';
import {argvOf} from '../../src/steps/kinds/commands.ts';
import {scopesOf} from './cluster.ts';

const asRoot = process.getuid?.() === 0 ? test : test.skip;
const quoted = (command: Command) =>
	argvOf(command)
		.map((word) => `'${word.replaceAll("'", "'\\''")}'`)
		.join(' ');

const ownership = (ours: boolean): Facts['ownership'] => ({
	clusterId: '1',
	name: 'test',
	writer: '',
	fence: 1,
	birthMembers: [],
	owned: [
		{kind: 'noted', name: '/var/lib/containerd', before: ours ? null : '711 root:root'},
		{kind: 'service', name: 'containerd.service', before: 'inactive disabled'},
	],
});

/** Runs a script in which `gone` and `end` are the two commands of the step, and `shim` starts a process that looks like one. */
function within(ours: boolean, script: string) {
	const {cp1} = scopesOf([{name: 'cp1', facts: {ownership: ownership(ours)!}}]);
	const [step] = resetPods.steps(cp1!) as readonly [Extract<Step, {kind: 'run'}>];
	const folder = mkdtempSync(join(tmpdir(), 'kubestrap-pods-'));
	const tools = {
		'containerd-shim-runc-v2': 'sleep 60; :',
		// A fake: one pod, until it is removed. Only of a kubelet's pod there is a label.
		crictl: `case $* in
*' pods -q') [ -e ${folder}/gone ] || echo pod1 ;;
*inspectp*) [ ! -e ${folder}/label ] || echo uid ;;
*' rmp '*) [ -e ${folder}/stuck ] && exit 1; : >${folder}/gone ;;
esac`,
		ctr: 'exit 1',
		systemctl: `echo "$*" >>${folder}/calls; case $* in is-active*) exit 3 ;; esac`,
	};
	for (const [name, text] of Object.entries(tools)) {
		writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`);
		chmodSync(join(folder, name), 0o755);
	}
	const text = `shim() { ${folder}/containerd-shim-runc-v2 -namespace "$1" -id x & }
gone() { ${quoted(step.unless as Command)}; }
end() { ${quoted(step.command)}; }
F=${folder}; cd /; ${script}`;
	const env = {PATH: `${folder}:/usr/sbin:/usr/bin:/sbin:/bin`};
	const {status, stdout, stderr} = spawnSync('unshare', ['-p', '-f', '-m', '--mount-proc', 'sh', '-c', text], {
		encoding: 'utf8',
		env,
	});
	rmSync(folder, {recursive: true});
	return {status, stdout, stderr};
}

asRoot('no shim of Kubernetes: no pods; that the script itself has the words does not count', (t) => {
	t.is(within(true, 'gone').status, 0);
	t.is(within(true, 'shim moby; sleep 0.3; gone').status, 0);
	t.is(within(true, 'shim k8s.io; sleep 0.3; gone').status, 1);
});

asRoot('where containerd is ours, what does not end by crictl is ended all the same', (t) => {
	const {status, stderr, stdout} = within(true, ': >$F/stuck; shim k8s.io; sleep 0.3; end && gone && grep kubepods $F/calls');
	t.is(status, 0, stderr);
	t.regex(stdout, /stop kubepods.slice/);
});

asRoot('a containerd that was there before keeps pods that no kubelet made', (t) => {
	const socket =
		'mount -t tmpfs none /run; mkdir /run/containerd; python3 -c "import socket; socket.socket(socket.AF_UNIX).bind(\'/run/containerd/containerd.sock\')" || exit 9';
	t.is(within(false, `${socket}; gone`).status, 0, 'it has no label of a kubelet');
	t.is(within(false, `${socket}; : >$F/label; gone`).status, 1);
	t.is(within(false, `${socket}; : >$F/label; end; gone`).status, 0);
});
