/** Ten workers come at once, and none waits for another. */
import test from 'ava';
import {prepared} from '../../hack/laboratory/prepared.ts';
import {Stage} from './stage.ts';

const full = process.env.KUBESTRAP_FULL === '1';
const onlyFull = full ? test.serial : test.serial.skip;

let stage: Stage | undefined;
test.before(async (t) => {
	t.timeout(1_800_000);
	if (full) stage = await Stage.open({name: 'parallel', controlPlanes: 1, workers: 10});
});
test.after.always(() => stage?.close());

onlyFull('ten prepared workers ask and are approved side by side', async (t) => {
	t.timeout(1_500_000);
	const {lab} = stage!;
	const workers = lab.nodes.filter(({role}) => role === 'worker').map(({name}) => name);
	const all = stage!.config();
	const bare = await stage!.kubestrap(['init', '-c', all, '--only-phases', prepared]);
	t.is(bare.code, 0, bare.stderr);
	const alone = stage!.config((text) => text.replace(/^ +- \{name: w.*\n/gm, ''));
	const born = await stage!.init(alone).done;
	t.is(born.code, 0, born.stderr);

	const run = await stage!.kubestrap(['apply', '-c', stage!.config()]);
	t.is(run.code, 0, run.stderr);
	const asking = run.events.filter(({type, phase}) => type === 'phase' && phase === 'kubelet-bootstrap');
	const firstEnd = asking.findIndex(({state}) => state !== 'started');
	const begun = new Set(asking.slice(0, firstEnd).map(({node}) => node));
	t.deepEqual(begun, new Set(workers), 'all have begun before the first one ends');
	const nodes = await stage!.ssh('cp1', 'kubectl --kubeconfig /etc/kubernetes/admin.conf get nodes --no-headers');
	t.is(nodes.match(/ Ready /g)?.length, 11);
});
