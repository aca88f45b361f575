/** Machines come to a cluster that lives, one, two and many; operators and machines die on the way; etcd loses nothing of what it acknowledged. */
import {writeFileSync} from 'node:fs';
import {hostname} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import type {EtcdMember, Event} from '../../src/model.ts';
import {type Run, Stage} from './stage.ts';
import {Writer} from './writer.ts';

const full = process.env.KUBESTRAP_FULL === '1';
const onlyFull = full ? test.serial : test.serial.skip;

let stage: Stage;
let writer: Writer;
test.before(async (t) => {
	t.timeout(1_800_000);
	stage = await Stage.open({name: 'many', controlPlanes: full ? 5 : 4, workers: full ? 6 : 5});
});
test.after.always(() => stage?.close());

const kubectl = 'kubectl --kubeconfig /etc/kubernetes/admin.conf';

/** A config of its own for some of the lab's nodes; the first control plane's address is the one that does not go away. */
const configFor = (...names: string[]) => {
	const wanted = (line: string) => !/^ +- \{name:/.test(line) || names.some((name) => line.includes(`name: ${name},`));
	const file = join(stage.folder, `${names.join('-')}.yaml`);
	const lines = stage.lab.config().split('\n').filter(wanted);
	writeFileSync(
		file,
		lines.join('\n').replace('spec:\n', `spec:\n  controlPlaneEndpoint: ${stage.lab.nodes[0]!.address}:6443\n`),
	);
	return file;
};
const born = ['cp1', 'cp2', 'cp3', 'w1', 'w2'];
const all = () => configFor(...stage.lab.nodes.map(({name}) => name));

/** Everything that the operator was told. */
const told = (run: Run) => `${run.stderr}\n${run.events.map((event) => JSON.stringify(event)).join('\n')}`;
const good = (run: Run) => (run.code === 0 ? run : Promise.reject(new Error(told(run))));
const ended = (phase: string, node: string) => (event: Event) =>
	event.type === 'phase' && event.phase === phase && event.node === node && event.state !== 'started';
/** etcd has taken the node's member, which does not vote yet. */
const added = (node: string) => (event: Event) =>
	event.type === 'step' && event.phase === 'etcd-member' && event.node === node && event.state === 'changed';
const isAtWork = (event: Event) => event.type === 'phase' && event.state === 'started';

type Standing = {
	readonly nodes: readonly {readonly name: string; readonly ready: boolean}[];
	readonly etcd: readonly EtcdMember[];
};
/** How the cluster says that it stands: its nodes that are Ready, and its members of etcd, those that do not vote with what they are. */
async function standing(...names: string[]): Promise<{readonly ready: string[]; readonly members: string[]}> {
	const {events, stderr} = await stage.kubestrap(['status', '-c', configFor(...names)]);
	const {nodes, etcd} = (events[0] ?? {}) as unknown as Standing;
	if (nodes === undefined) throw new Error(stderr);
	return {
		ready: nodes
			.filter(({ready}) => ready)
			.map(({name}) => name)
			.sort(),
		members: etcd.map(({name, learner, healthy}) => `${name || 'unborn'}${learner ? ' learner' : healthy ? '' : ' ill'}`).sort(),
	};
}

/** What a run leaves in the cluster for machines to join with. */
const leftToJoinWith = async () =>
	(
		await stage.ssh(
			'cp1',
			`${kubectl} --namespace kube-system get secrets,clusterrolebindings --selector kubestrap.dev/purpose=join --output name`,
		)
	).trim();

test.serial('five bare machines become a cluster that proves itself, by one command', async (t) => {
	t.timeout(900_000);
	const config = configFor(...born);
	await good(await stage.init(config).done);
	await good(await stage.kubestrap(['verify', '-c', config]));
	t.deepEqual(await standing(...born), {ready: born, members: ['cp1', 'cp2', 'cp3']});
	writer = await Writer.start(stage, 'cp1', ['cp1', 'cp2', 'cp3']);
});

test.serial('the operator is killed when a member was added and does not vote yet: the next run goes on with it', async (t) => {
	t.timeout(900_000);
	const nodes = [...born, 'cp4'];
	const config = configFor(...nodes);
	const killed = stage.start(['apply', '-c', config]);
	await killed.seen(added('cp4'));
	killed.kill('SIGKILL');
	await killed.done;
	// The next program may have been on its way to the machine, and have started the learner.
	t.regex((await standing(...born)).members.join(), /^cp1,cp2,cp3,(cp4|unborn) learner$/);
	t.not(await leftToJoinWith(), '');

	await good(await stage.kubestrap(['apply', '-c', config]));
	t.deepEqual(await standing(...nodes), {ready: nodes.toSorted(), members: ['cp1', 'cp2', 'cp3', 'cp4']});
	t.is(await leftToJoinWith(), '');
});

test.serial('a worker joins by its name; then there is nothing left to do', async (t) => {
	t.timeout(600_000);
	await good(await stage.kubestrap(['join', 'w3', '-c', all()]));
	const nodes = [...born, 'cp4', 'w3'];
	t.deepEqual((await standing(...nodes)).ready, nodes.toSorted());
	const again = await good(await stage.kubestrap(['apply', '-c', configFor(...nodes)]));
	t.is(again.summary.changed, 0, told(again));
	t.is(await leftToJoinWith(), '');
});

test.serial('of two operators who join machines at once one waits, a third is refused, with the name of who works', async (t) => {
	t.timeout(900_000);
	const config = all();
	const first = stage.start(['join', 'w4', '-c', config]);
	await first.seen(isAtWork);
	// It has hold of the cluster for as long as we like.
	await stage.lab.cut('w4', true);
	const second = stage.start(['join', 'w5', '-c', config, '--lock-timeout', '10m']);
	const third = await stage.kubestrap(['join', 'w5', '-c', config]);
	t.is(third.code, 7, told(third));
	t.regex(third.stderr, new RegExp(`\\S+@${hostname()}`));
	await second.seen(({type, detail}) => type === 'note' && /^waiting: .*\S+@\S+/.test(String(detail)));
	await stage.lab.cut('w4', false);
	await good(await first.done);
	await good(await second.done);
	const {ready} = await standing(...born);
	t.true(ready.includes('w4') && ready.includes('w5'), ready.join());
	t.is(await leftToJoinWith(), '');
});

onlyFull('a member that lost its data goes out of etcd and comes back as a learner', async (t) => {
	t.timeout(900_000);
	await stage.ssh(
		'cp2',
		`mv /etc/kubernetes/manifests/etcd.yaml /root/ && while crictl ps --quiet --name '^etcd$' | grep -q .; do sleep 0.2; done && rm -rf /var/lib/etcd/member`,
	);
	const nodes = [...born, 'cp4'];
	const run = await good(await stage.kubestrap(['apply', '-c', configFor(...nodes)]));
	t.true(run.events.some(ended('etcd-promote', 'cp2')), told(run));
	t.deepEqual((await standing(...nodes)).members, ['cp1', 'cp2', 'cp3', 'cp4']);
});

onlyFull('a machine that dies while it joins is named, its learner is taken out again, and others go on', async (t) => {
	t.timeout(1_200_000);
	const nodes = [...born, 'cp4', 'cp5', 'w6'];
	const config = configFor(...nodes);
	const running = stage.start(['apply', '-c', config]);
	await running.seen(added('cp5'));
	await stage.lab.powerCut('cp5');
	const run = await running.done;
	t.not(run.code, 0, told(run));
	t.regex(run.stderr, /cp5/);
	const now = await standing(...born, 'cp4');
	t.deepEqual(now.members, ['cp1', 'cp2', 'cp3', 'cp4']);
	t.true(now.ready.includes('w6'), now.ready.join());
	t.is(await leftToJoinWith(), '');

	await stage.lab.reset('cp5');
	await good(await stage.kubestrap(['join', 'cp5', '-c', config]));
	t.deepEqual((await standing(...nodes)).members, ['cp1', 'cp2', 'cp3', 'cp4', 'cp5']);
});

test.serial('etcd has every write that it acknowledged meanwhile', async (t) => {
	t.timeout(120_000);
	const written = await writer.stop(['cp1', 'cp2', 'cp3']);
	t.log(
		`${written.acknowledged} writes acknowledged, ${written.refused} refused, the longest gap was ${written.longestGapMs} ms`,
	);
	t.true(written.acknowledged > 100);
	t.deepEqual(written.lost, []);
});
