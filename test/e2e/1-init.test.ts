/** From bare machines to a cluster that works, and the same command again. */
import {statSync} from 'node:fs';
import test from 'ava';
import {Stage} from './stage.ts';

let stage: Stage;
test.before(async (t) => {
	t.timeout(1_800_000);
	stage = await Stage.open({defaultRoute: true});
});
test.after.always(() => stage?.close());

test.serial('init makes a cluster of bare machines', async (t) => {
	t.timeout(300_000);
	const run = await stage.init().done;
	t.is(run.code, 0, run.stderr);
	t.is(run.summary.failed, 0);
	t.is(statSync(stage.kubeconfig).mode & 0o777, 0o600);
	const nodes = await stage.ssh('cp1', 'kubectl --kubeconfig /etc/kubernetes/admin.conf get nodes --no-headers');
	t.is(nodes.match(/\bReady\b/g)?.length, 2, nodes);
});

test.serial('verify proves it, and leaves nothing behind', async (t) => {
	t.timeout(120_000);
	const run = await stage.kubestrap(['verify', '-c', stage.config()]);
	t.is(run.code, 0, run.stderr + JSON.stringify(run.events.filter(({state}) => state === 'failed')));
	const namespaces = await stage.ssh('cp1', 'kubectl --kubeconfig /etc/kubernetes/admin.conf get namespaces -o name');
	t.deepEqual(namespaces.trim().split('\n').sort(), [
		'namespace/default',
		'namespace/kube-flannel',
		'namespace/kube-node-lease',
		'namespace/kube-public',
		'namespace/kube-system',
	]);
});

test.serial('the same command again changes nothing: no byte, no inode, no process', async (t) => {
	t.timeout(120_000);
	const before = await Promise.all(stage.lab.nodes.map(({name}) => stage.still(name)));
	const run = await stage.init().done;
	t.is(run.code, 0, run.stderr);
	t.is(run.summary.changed, 0, JSON.stringify(run.events.filter(({state}) => state === 'changed')));
	const after = await Promise.all(stage.lab.nodes.map(({name}) => stage.still(name)));
	t.deepEqual(after, before);
});

test.serial('the nodes sent no packet to any address but the lab', async (t) => {
	t.like(await stage.lab.packets(), {forwarded: 0, received: 0});
});
