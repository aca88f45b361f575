/** kubestrap on the machine itself: the same steps without SSH. And with `--full`, the other Kubernetes that we support. */
import {cpSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {execPath} from 'node:process';
import test from 'ava';
import {run} from '../../hack/laboratory/command.ts';
import {Stage} from './stage.ts';

const root = join(import.meta.dirname, '..', '..');

test.serial('init --local on the machine itself, twice', async (t) => {
	t.timeout(900_000);
	const stage = await Stage.open({workers: 0});
	t.teardown(() => stage.close());
	await run([execPath, join(root, 'hack', 'build.ts')]);
	const place = join(stage.lab.tree('cp1'), 'opt', 'kubestrap');
	mkdirSync(place, {recursive: true});
	for (const part of ['dist', 'templates', 'package.json']) cpSync(join(root, part), join(place, part), {recursive: true});
	cpSync(execPath, join(place, 'node'));
	writeFileSync(join(place, 'kubestrap.lock'), readFileSync(stage.lab.lockFile));
	// The lab's file without its nodes and its way to them: the machine is its own node.
	const config = stage.lab
		.config()
		.split('\n')
		.filter((line) => !/^ {2}(ssh|nodes|lock):|^ {4}- \{name: cp1/.test(line));
	writeFileSync(join(place, 'cluster.yaml'), [...config, '  lock: kubestrap.lock', ''].join('\n'));

	const init = 'cd /opt/kubestrap && ./node dist/main.js init --local -c cluster.yaml --kubeconfig /root/admin.conf';
	t.regex(await stage.ssh('cp1', `${init} 2>&1`), /done: cluster e2e is up/);
	t.regex(await stage.ssh('cp1', 'kubectl --kubeconfig /root/admin.conf get nodes --no-headers'), /^cp1 +Ready/);
	t.regex(await stage.ssh('cp1', `${init} 2>&1`), / 0 changed, /);
});

if (process.env.KUBESTRAP_FULL === '1') {
	test.serial('Kubernetes 1.36: init, verify, and again', async (t) => {
		t.timeout(3_600_000);
		const stage = await Stage.open({kubernetesVersion: 'v1.36.4'});
		t.teardown(() => stage.close());
		const first = await stage.init().done;
		t.is(first.code, 0, first.stderr);
		const verified = await stage.kubestrap(['verify', '-c', stage.config()]);
		t.is(verified.code, 0, verified.stderr);
		const second = await stage.init().done;
		t.is(second.summary.changed, 0, JSON.stringify(second.events.filter(({state}) => state === 'changed')));
	});
}
