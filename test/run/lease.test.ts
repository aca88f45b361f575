/** The lease under attack: who slept through another run writes nothing any more, whatever its line was. */
import anyTest, {type TestFn} from 'ava';
import {LockedError} from '../../src/errors.ts';
import type {ExecOptions, Host} from '../../src/model.ts';
import {frame} from '../../src/run/frames.ts';
import {type Lease, takeLease} from '../../src/run/lease.ts';
import {run} from '../../src/run/unit.ts';
import {isRoot, type Machine, machine} from './machine.ts';
import {as} from './staged.ts';

const test = anyTest as TestFn<Machine>;
const asRoot = isRoot ? test : test.skip;

test.beforeEach((t) => {
	t.context = machine();
});
test.afterEach.always((t) => t.context.remove());

const home = '/var/lib/kubestrap';
const journal = `${home}/journal.ndjson`;
const lines = (on: Machine) =>
	on
		.read(journal)
		.trim()
		.split('\n')
		.map((text) => JSON.parse(text));
/** Everything that a run may write to, with inodes and times. */
const state = (on: Machine) => on.sh("find /var/lib/kubestrap /run/kubestrap ! -name .heard -printf '%p %i %T@ %s\\n' | sort");

/** Hands that hear nothing and can do nothing new until they are woken. */
function sleeper(host: Host) {
	const woken = Promise.withResolvers<void>();
	const asleep = {asleep: false};
	const exec = async (argv: readonly string[], options: ExecOptions) => {
		if (asleep.asleep) await woken.promise;
		return host.exec(argv, options);
	};
	return {host: {...host, exec}, sleep: () => (asleep.asleep = true), wake: () => woken.resolve()};
}
const dropSession = (on: Machine) => on.sh(`read -r run pid rest <${home}/session && kill "$pid"`);

asRoot('who slept while another run came and went has lost the node, and writes nothing', async (t) => {
	const on = t.context;
	const {host, sleep, wake} = sleeper(on.host);
	const mine = await takeLease(host, as('mine'));
	sleep();
	await dropSession(on);
	await (await takeLease(on.host, as('other'))).release('done');
	const before = await state(on);
	wake();
	const error = await t.throwsAsync(mine.lost, {instanceOf: LockedError});
	t.regex(error!.message, /^n1: run other has taken this machine over \(fence 2, ours was 1\); this run writes nothing more$/);
	const unit = {host: on.host, name: 'kubestrap-test-a-1', hear: () => {}, lost: () => {}};
	const payload = frame([{name: 'program', bytes: Buffer.from('touch /srv/written')}]);
	await t.throwsAsync(run(unit, {payload, fence: mine.fence, run: 'mine'}), {
		instanceOf: LockedError,
		message: /another run has this machine/,
	});
	await mine.release('failed');
	t.deepEqual(await state(on), before);
	t.false(on.has('/srv/written'));
});

asRoot('a fence that came again after a reset is not that of the run that slept', async (t) => {
	const on = t.context;
	const {host, sleep, wake} = sleeper(on.host);
	const mine = await takeLease(host, as('mine'));
	sleep();
	await dropSession(on);
	await on.sh(`rm -r ${home}`);
	const other = await takeLease(on.host, as('other'));
	t.is(other.fence, mine.fence);
	wake();
	await t.throwsAsync(mine.lost, {instanceOf: LockedError, message: /run other has taken/});
	await other.release('done');
});

/** A lease whose line was cut, and that holds the machine again. */
async function takenUpAgain(on: Machine): Promise<Lease> {
	const lease = await takeLease(on.host, as('mine'));
	await dropSession(on);
	const held = async () => (await on.sh(`flock -n ${home}/session.lock true`)).code !== 0;
	while (!(await held()));
	return lease;
}

asRoot('a line that was cut is taken up again under the same fence, and the journal names the run once', async (t) => {
	const on = t.context;
	const mine = await takenUpAgain(on);
	await mine.release('done');
	t.is(on.read(`${home}/fence`), '1 mine\n');
	t.deepEqual(
		lines(on).map(({event, result}) => [event, result]),
		[
			['run', undefined],
			['over', 'done'],
		],
	);
});

asRoot('what a power cut tore is mended before anybody writes, and the earlier run is told', async (t) => {
	const on = t.context;
	await (await takeLease(on.host, as('first'))).release();
	const step = (name: string, event: string) =>
		`{"unit":"u","fence":1,"phase":"p","step":0,"name":"${name}","input":"0","event":"${event}","at":1}\n`;
	on.write(journal, `${on.read(journal)}${step('/a', 'begin')}${step('/a', 'changed')}${step('/b', 'begin')}{"unit":"u","fen`);
	const second = await takeLease(on.host, as('second'));
	const {earlier} = second;
	await second.release('done');
	t.like(earlier, {run: 'first', verb: 'init', done: 1, last: {step: '/b', phase: 'p', event: 'begin'}});
	t.is(earlier?.result, undefined);
	t.deepEqual(
		lines(on).map(({event}) => event),
		['run', 'begin', 'changed', 'begin', 'run', 'over'],
	);
	const third = await takeLease(on.host, as('third'));
	await third.release('done');
	t.is(third.earlier, undefined, 'the second ended well');
});

asRoot('a run whose machine lost its power and came back ends on a line of its own', async (t) => {
	const on = t.context;
	const mine = await takenUpAgain(on);
	// What had not reached the disk.
	on.write(journal, `${on.read(journal)}${'\0'.repeat(300)}`);
	await mine.release('failed');
	t.regex(on.read(journal), /\0\n\{"event":"over",.*"result":"failed",.*\}\n$/);
	const next = await takeLease(on.host, as('next'));
	await next.release('done');
	t.like(next.earlier, {run: 'mine', result: 'failed'});
	t.deepEqual(
		lines(on).map(({event, run: id}) => `${event} ${id}`),
		['run mine', 'over mine', 'run next', 'over next'],
	);
});

asRoot('a journal that has grown long keeps its last runs whole', async (t) => {
	const on = t.context;
	const filler = `{"unit":"u","name":"${'x'.repeat(200)}"}\n`.repeat(500);
	const runs = Array.from(
		{length: 15},
		(_, at) => `{"event":"run","run":"r${at}","verb":"init","by":"a@b","fence":${at},"at":1}\n${filler}`,
	);
	on.write(journal, runs.join(''));
	await (await takeLease(on.host, as('next'))).release('done');
	const kept = lines(on);
	t.true(on.read(journal).length < 300_000);
	t.deepEqual(
		kept.filter(({event}) => event === 'run').map(({run: id}) => id),
		['r13', 'r14', 'next'],
	);
	t.is(kept[0].run, 'r13');
	t.is((await on.sh(`ls ${home}`)).stdout, 'fence\njournal.ndjson\nlock\nsession\nsession.lock\n');
});

asRoot('a fence that is no number any more is replaced', async (t) => {
	t.context.write(`${home}/fence`, '\0\0');
	const lease = await takeLease(t.context.host, as('r'));
	t.is(lease.fence, 1);
	await lease.release();
});
