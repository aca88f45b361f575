/** Nodes leave: a worker whose pods are held by a disruption budget, a control plane, and a dead one; etcd loses nothing of what it acknowledged. */
import test from 'ava';
import {type Run, Stage} from './stage.ts';
import {Writer} from './writer.ts';

const planes = ['cp1', 'cp2', 'cp3'];
const kubectl = 'kubectl --kubeconfig /etc/kubernetes/admin.conf';

let stage: Stage;
let writer: Writer;
test.before(async (t) => {
	t.timeout(1_800_000);
	stage = await Stage.open({controlPlanes: 3, workers: 1});
	const run = await stage.init(config()).done;
	t.is(run.code, 0, run.stderr);
	writer = await Writer.start(stage, 'cp1', planes);
});
test.after.always(() => stage?.close());

/** One address that does not go away: the first control plane's own. */
const config = () =>
	stage.config((text) => text.replace(/^spec:$/m, `spec:\n  controlPlaneEndpoint: ${stage.lab.nodes[0]!.address}:6443`));
const remove = (...args: readonly string[]) => stage.kubestrap(['node', 'remove', ...args, '-y', '-c', config()]);
const nodes = async () =>
	(await stage.ssh('cp1', `${kubectl} get nodes -o name`)).trim().replaceAll('node/', '').split('\n').sort();
const members = async () =>
	(
		await stage.ssh(
			'cp1',
			`cd /etc/kubernetes/pki/etcd && crictl exec $(crictl ps -q --name '^etcd$') etcdctl --cacert=$PWD/ca.crt --cert=$PWD/healthcheck-client.crt \
--key=$PWD/healthcheck-client.key member list | cut -d , -f 3 | tr -d ' ' | sort`,
		)
	)
		.trim()
		.split('\n');
/** Everything that the operator was told. */
const told = (run: Run) => `${run.stderr}\n${run.events.map((event) => JSON.stringify(event)).join('\n')}`;

const held = `apiVersion: apps/v1
kind: Deployment
metadata: {name: held}
spec:
  replicas: 1
  selector: {matchLabels: {app: held}}
  template:
    metadata: {labels: {app: held}}
    spec:
      terminationGracePeriodSeconds: 0
      containers: [{name: pause, image: 'registry.k8s.io/pause:3.10.2', imagePullPolicy: IfNotPresent}]
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: held}
spec: {minAvailable: 1, selector: {matchLabels: {app: held}}}`;

test.serial('a disruption budget that lets no pod go is named with its numbers; the node is closed, and stays', async (t) => {
	t.timeout(300_000);
	await stage.ssh(
		'cp1',
		`${kubectl} apply -f - <<'END' && ${kubectl} rollout status deployment/held --timeout=120s\n${held}\nEND`,
	);
	const run = await remove('w1', '--drain-timeout', '8s');
	t.is(run.code, 5, told(run));
	t.regex(
		run.stderr,
		/PodDisruptionBudget default\/held does not let default\/held-\S+ go: it wants 1 healthy pods, and there are 1/,
	);
	t.regex(run.stderr, /kubectl uncordon w1/);
	t.true(run.events.some(({type, detail}) => type === 'progress' && /still there: .*default\/held-/.test(String(detail))));
	t.deepEqual(await nodes(), ['cp1', 'cp2', 'cp3', 'w1']);
});

test.serial('once it is mended, the same command goes on; a third time there is nothing to do', async (t) => {
	t.timeout(300_000);
	await stage.ssh('cp1', `${kubectl} delete pdb held`);
	const run = await remove('w1');
	t.is(run.code, 0, told(run));
	t.deepEqual(await nodes(), planes);
	t.is(
		(await stage.ssh('w1', 'ls -A /etc/kubernetes /var/lib/kubelet 2>/dev/null; systemctl is-active kubelet || true')).trim(),
		'inactive',
	);
	const again = await remove('w1');
	t.is(again.code, 0, told(again));
	t.is(again.summary.changed, 0);
});

test.serial('what would be the end of the cluster is refused, with the reason, and nothing is changed', async (t) => {
	t.timeout(120_000);
	const seat = await remove('cp1');
	t.is(seat.code, 3, told(seat));
	t.regex(seat.stderr, /cp1: all nodes look for the API at \S+, and that is cp1/);
	const all = await remove('cp1', 'cp2', 'cp3', '--force');
	t.is(all.code, 3, told(all));
	t.regex(all.stderr, /would have no control plane/);
	t.deepEqual(await members(), planes);
});

test.serial('with one control plane dead, a living one is refused: etcd could not agree', async (t) => {
	t.timeout(180_000);
	await stage.lab.powerCut('cp3');
	const run = await remove('cp2');
	t.is(run.code, 3, told(run));
	t.regex(run.stderr, /cp2: without cp2 etcd would have no quorum: 1 of 2 voting members/);
	t.deepEqual(await members(), planes);
});

test.serial('the dead one is removed with the word of the operator, who hears what it would do when it came back', async (t) => {
	t.timeout(300_000);
	const refused = await remove('cp3');
	t.is(refused.code, 3, told(refused));
	t.regex(refused.stderr, /cp3: its machine is left as it is \(/);
	const run = await remove('cp3', '--force');
	t.is(run.code, 0, told(run));
	t.deepEqual(await nodes(), ['cp1', 'cp2']);
	t.deepEqual(await members(), ['cp1', 'cp2']);
});

test.serial('a living control plane is removed', async (t) => {
	t.timeout(300_000);
	const run = await remove('cp2');
	t.is(run.code, 0, told(run));
	t.deepEqual(await nodes(), ['cp1']);
	t.deepEqual(await members(), ['cp1']);
	t.is(
		(await stage.ssh('cp2', 'ls -A /etc/kubernetes /var/lib/etcd 2>/dev/null; systemctl is-active kubelet || true')).trim(),
		'inactive',
	);
});

test.serial('etcd has every write that it acknowledged meanwhile', async (t) => {
	t.timeout(120_000);
	const written = await writer.stop(['cp1']);
	t.log(
		`${written.acknowledged} writes acknowledged, ${written.refused} refused, the longest gap was ${written.longestGapMs} ms`,
	);
	t.true(written.acknowledged > 100);
	t.deepEqual(written.lost, []);
});
