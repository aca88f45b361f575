import anyTest, {type TestFn} from 'ava';
import {LockedError, StepError} from '../../src/errors.ts';
import type {News} from '../../src/model.ts';
import {clusterLeaseScript, takeCluster, takenWhenBorn} from '../../src/run/cluster-lease.ts';
import {isRoot, type Played, played} from '../access/played.ts';

type Context = {cp1: Played; told: News[]};
const test = anyTest as TestFn<Context>;
const asRoot = isRoot ? test : test.skip;

test.beforeEach((t) => {
	t.context = {cp1: played(), told: []};
});
test.afterEach.always((t) => t.context.cp1.remove());

const id = 'lease/kube-system/kubestrap';
const take = ({cp1, told}: Context, run: string) => takeCluster(cp1.host, {run, watch: 0, tell: (news) => void told.push(news)});
const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();
const held = (renewTime: string, holderIdentity = 'ann@laptop run 1234') => ({
	[id]: {
		kind: 'Lease',
		metadata: {name: 'kubestrap', namespace: 'kube-system', uid: 'u', resourceVersion: '7'},
		spec: {holderIdentity, renewTime, acquireTime: '2026-11-21T00:00:00Z', leaseDurationSeconds: 45},
	},
});

asRoot('the Lease is there while it is held, with its holder, and gone after it', async (t) => {
	const hold = await take(t.context, 'r1');
	const {spec} = t.context.cp1.objects()[id]!;
	t.regex(spec.holderIdentity!, /^\S+@\S+ run r1$/);
	t.is(spec.leaseDurationSeconds as unknown, 45);
	t.true(Math.abs(Date.parse(spec.renewTime!) - Date.now()) < 60_000);
	await hold.release();
	t.deepEqual(t.context.cp1.objects(), {});
	t.false(t.context.cp1.calls().includes('r1'), 'what is written goes over stdin');
});

asRoot('a second run is refused with the name of the first, and since when', async (t) => {
	t.context.cp1.put(held(ago(1)));
	const error = await t.throwsAsync(take(t.context, 'r2'), {instanceOf: LockedError});
	t.is(error?.message, 'ann@laptop run 1234 changes this cluster since 2026-11-21T00:00:00Z');
	t.is(t.context.cp1.objects()[id]?.metadata.resourceVersion, '7');
});

asRoot('a Lease whose holder lets go a moment later is waited for', async (t) => {
	const first = await take(t.context, 'r1');
	const second = take(t.context, 'r2');
	await first.release();
	await (await second).release();
	t.deepEqual(t.context.cp1.objects(), {});
});

asRoot('a silent Lease is taken over, and that is said', async (t) => {
	const since = ago(60);
	t.context.cp1.put(held(since));
	const hold = await take(t.context, 'r2');
	t.regex(t.context.cp1.objects()[id]!.spec.holderIdentity!, / run r2$/);
	t.is(t.context.told[0]?.detail, `ann@laptop run 1234 held the cluster and is silent since ${since}: taken over`);
	await hold.release();
});

asRoot('what a run held that lost this machine to ours is taken over at once: it can be nowhere any more', async (t) => {
	const {cp1, told} = t.context;
	const since = ago(1);
	cp1.put(held(since));
	cp1.write('/var/lib/kubestrap/fence', '3 r2\n');
	const hold = await takeCluster(cp1.host, {run: 'r2', fence: 3, before: '1234', tell: (news) => void told.push(news)});
	t.regex(cp1.objects()[id]!.spec.holderIdentity!, / run r2$/);
	t.is(told[0]?.detail, `ann@laptop run 1234 held the cluster and is silent since ${since}: taken over`);
	await hold.release();
	t.deepEqual(cp1.objects(), {});
	cp1.put(held(ago(1)));
	const other = takeCluster(cp1.host, {run: 'r2', fence: 3, before: '234', tell: () => {}});
	await t.throwsAsync(other, {instanceOf: LockedError});
});

asRoot('a Lease that seems silent because clocks differ, but moves, is not taken', async (t) => {
	const {cp1} = t.context;
	cp1.put(held(ago(7200)));
	// While the new one watches, the holder renews with its wrong clock.
	cp1.fake('sleep', `sed -i 's/"7"/"8"/' /run/objects.json; exec /bin/sleep "$1"`);
	const taking = takeCluster(cp1.host, {run: 'r2', watch: 0, tell: () => {}});
	// Every look sees another version, until the clock is set right.
	cp1.fake(
		'sleep',
		`sed -i -E 's/"resourceVersion":"[0-9]+"/"resourceVersion":"'"$(date +%N)"'"/; s/"renewTime":"[^"]*"/"renewTime":"'"$(date -u +%FT%TZ)"'"/' /run/objects.json`,
	);
	await t.throwsAsync(taking, {instanceOf: LockedError, message: /^ann@laptop run 1234/});
});

asRoot('a free Lease that somebody left without a holder is taken', async (t) => {
	t.context.cp1.put(held(ago(1), '-'));
	await (await take(t.context, 'r1')).release();
	t.deepEqual(t.context.cp1.objects(), {});
});

asRoot('an API that does not answer is an error with its words', async (t) => {
	t.context.cp1.write('/run/api.down', '');
	await t.throwsAsync(take(t.context, 'r1'), {instanceOf: StepError, message: /cp1: .*was refused/});
});

asRoot('a cut line is taken up again by the same run', async (t) => {
	const {cp1} = t.context;
	cp1.cut(/leases\/kubestrap/, 8);
	const hold = await take(t.context, 'r1');
	t.regex(cp1.objects()[id]!.spec.holderIdentity!, / run r1$/);
	await hold.release();
});

asRoot('who was taken over while its line was cut hears that it has lost', async (t) => {
	const {cp1} = t.context;
	cp1.cut(/leases\/kubestrap/, 8);
	const hold = await take(t.context, 'r1');
	cp1.put(held(ago(0)));
	const error = await t.throwsAsync(hold.lost, {instanceOf: LockedError});
	t.regex(error!.message, /^ann@laptop run 1234/);
	await hold.release();
	t.is(cp1.objects()[id]?.metadata.resourceVersion, '7', 'what is not ours any more stays');
});

asRoot('when the signs of life end, because the operator was killed, the machine deletes the Lease itself', async (t) => {
	const {cp1} = t.context;
	const words = ['sh', '-c', clusterLeaseScript, 'sh', 'ann@laptop run r1', '0'];
	t.like(await cp1.host.exec(words, {stdin: '.', deadline: 30_000}), {code: 0, stdout: 'holding\n'});
	t.deepEqual(cp1.objects(), {});
	t.regex(cp1.calls(), /delete --raw/);
});

asRoot('a birth holds the Lease once its API answers, and does not fail without', async (t) => {
	const answers = Promise.withResolvers<'done'>();
	const note = (news: News) => void t.context.told.push(news);
	const good = takenWhenBorn(answers.promise, () => take(t.context, 'r1'), note);
	answers.resolve('done');
	await good.release();
	t.deepEqual(t.context.cp1.objects(), {});
	t.context.cp1.write('/run/api.down', '');
	await takenWhenBorn(Promise.resolve('done'), () => take(t.context, 'r1'), note).release();
	const calls = t.context.cp1.calls();
	await takenWhenBorn(Promise.resolve('failed'), () => take(t.context, 'r1'), note).release();
	t.is(t.context.cp1.calls(), calls, 'where the birth failed nobody is asked');
});
