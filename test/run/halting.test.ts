/** Ctrl-C on real units: the first ends a step, the second ends it at once, and nothing is left without a word. */
import {readdirSync} from 'node:fs';
import anyTest, {type TestFn} from 'ava';
import {Interrupted, StepError, TransportError} from '../../src/errors.ts';
import type {ExecOptions, Host, Step} from '../../src/model.ts';
import {execute} from '../../src/run/execute.ts';
import {settle} from '../../src/run/settle.ts';
import {isRoot, type Machine} from './machine.ts';
import {type Context, file, heard, seenBy, stage, when} from './staged.ts';
import {phase, site} from './values.ts';

const test = anyTest as TestFn<Context>;
const asRoot = isRoot ? test : test.skip;

test.beforeEach((t) => {
	t.context = {machines: [], news: []};
});
test.afterEach.always((t) => {
	for (const on of t.context.machines) on.remove();
});

/** Works until somebody makes `/srv/enough`, and leaves half of something when it is ended before. */
const long: Step = {
	kind: 'run',
	title: 'long',
	command: {sh: ': >/srv/half; until [ -e /srv/enough ]; do sleep 0.1; done; rm /srv/half'},
	unless: {sh: '[ -e /srv/enough ] && [ ! -e /srv/half ]'},
};
const phases = [
	phase('a', {steps: () => [file('/srv/1'), long]}),
	phase('b', {after: 'all-nodes', steps: () => [file('/srv/2')]}),
];
const notes = ({news}: Context) => news.flatMap(({type, detail}) => (type === 'note' ? [String(detail)] : []));
const halted = (on: Machine) => readdirSync(on.at('/run/kubestrap')).some((unit) => on.has(`/run/kubestrap/${unit}/stop`));
const hands = () => ({stop: new AbortController(), leave: new AbortController()});
const ctrlC = ({stop, leave}: ReturnType<typeof hands>) => stop.abort(new Interrupted('', {atOnce: leave.signal}));

asRoot('the first Ctrl-C lets the step at work end, says how far it came, and the next run says where it goes on', async (t) => {
	const pressed = hands();
	const {machines, go} = stage(t.context, ['n1'], phases, {signal: pressed.stop.signal});
	const [on] = machines as [Machine];
	const going = go();
	await when(() => heard(t.context.news, 'long started'));
	ctrlC(pressed);
	await when(() => halted(on));
	on.write('/srv/enough', '');
	t.like(await going, {ok: false, exit: 130, failed: 0, failures: []});
	t.false(on.has('/srv/half'), 'the step was not cut');
	t.false(on.has('/srv/2'));
	t.regex(notes(t.context)[0]!, /^stopped after 2 of 3 steps, the last was long \(phase a\); the same command skips/);
	t.regex(on.read('/var/lib/kubestrap/journal.ndjson'), /"event":"over",.*"result":"interrupted"/);
	t.is((await on.sh('ls /run/kubestrap')).stdout, '');
});

asRoot('a wait is ended by the first Ctrl-C: it changes nothing', async (t) => {
	const pressed = hands();
	const wait: Step = {kind: 'wait', title: 'never', until: ['false'], seconds: 600};
	const {machines, go} = stage(t.context, ['n1'], [phase('a', {steps: () => [wait]})], {signal: pressed.stop.signal});
	const going = go();
	await when(() => heard(t.context.news, 'never started'));
	ctrlC(pressed);
	t.like(await going, {exit: 130, failed: 0});
	t.regex(machines[0]!.read('/var/lib/kubestrap/journal.ndjson'), /"name":"never".*"event":"stopped"/);
});

asRoot(
	'the second Ctrl-C ends the unit in the middle of its step, and says so; the next run says where it goes on',
	async (t) => {
		const pressed = hands();
		const {machines, hosts, made, options, go, tell} = stage(t.context, ['n1'], phases, {signal: pressed.stop.signal});
		const [on] = machines as [Machine];
		const going = go();
		await when(() => heard(t.context.news, 'long started'));
		ctrlC(pressed);
		pressed.leave.abort();
		t.like(await going, {ok: false, exit: 130});
		t.true(on.has('/srv/half'));
		t.true(notes(t.context).some((text) => /^kubestrap-test-\S+ was ended in the middle of its step$/.test(text)));
		t.deepEqual(
			(await settle(hosts, {tell})).map(({followed}) => followed),
			[[]],
		);
		on.write('/srv/enough', '');
		t.context.news.length = 0;
		const sites = [site('n1', 'control-plane', seenBy(on))];
		t.true((await execute(made, hosts, {...options, sites, signal: AbortSignal.any([])})).ok);
		t.regex(
			notes(t.context)[0]!,
			/^goes on after run \S+ \(r of 20\S+ \S+ UTC by \S+@\S+\), which was cut off: it was cut off in "long" \(phase a\); 1 step that it did is not done again/,
		);
		t.false(on.has('/srv/half'));
	},
);

/** The line is dead for everything that stops units. */
const mute = (host: Host): Host => ({
	...host,
	exec: (argv: readonly string[], options: ExecOptions) =>
		argv.some((word) => /systemctl stop|d\/stop/.test(word) && !/follow/.test(word))
			? Promise.reject(new TransportError(host.name, 'no line'))
			: host.exec(argv, options),
});

asRoot('a unit that cannot be reached is named, with what becomes of it', async (t) => {
	const pressed = hands();
	const {machines, hosts, made, options} = stage(t.context, ['n1'], phases, {signal: pressed.stop.signal});
	const [on] = machines as [Machine];
	const going = execute(made, new Map([...hosts].map(([name, host]) => [name, mute(host)])), {...options, sites: [site('n1')]});
	await when(() => heard(t.context.news, 'long started'));
	ctrlC(pressed);
	pressed.leave.abort();
	t.like(await going, {exit: 130});
	t.true(
		notes(t.context).some((text) =>
			/could not be ended: it does not know, and works on to its end, two hours at most; the next run has it end/.test(text),
		),
	);
	on.write('/srv/enough', '');
	await settle(hosts, {tell: options.tell});
});

asRoot('Ctrl-C while the unit of another run is waited for leaves that unit alone', async (t) => {
	const {machines, go, tell} = stage(t.context, ['n1'], phases);
	const [on] = machines as [Machine];
	go().catch(() => {});
	await when(() => heard(t.context.news, 'long started'));
	const hosts = new Map([['n1', on.die()]]);
	const stop = new AbortController();
	const settling = settle(hosts, {tell, signal: stop.signal});
	await when(() => notes(t.context).some((text) => text.includes('waiting for its end')));
	stop.abort(new Interrupted());
	const error = await t.throwsAsync(settling, {instanceOf: Interrupted});
	t.regex(error!.message, /of an earlier run was not waited for/);
	on.write('/srv/enough', '');
	await settle(hosts, {tell});
	t.true(on.has('/srv/1') && !on.has('/srv/half'), 'it has worked on');
});

asRoot('a run that follows a dead one tells its unit to end: after the step at work, a wait at once', async (t) => {
	const wait: Step = {kind: 'wait', title: 'never', until: ['false'], seconds: 600};
	for (const [first, begun] of [
		[wait, 'never started'],
		[long, 'long started'],
	] as const) {
		t.context.news.length = 0;
		const {machines, go, tell} = stage(t.context, ['n1'], [phase('a', {steps: () => [first, file('/srv/2')]})]);
		const [on] = machines as [Machine];
		go().catch(() => {});
		await when(() => heard(t.context.news, begun));
		const settling = settle(new Map([['n1', on.die()]]), {tell, halt: true});
		await when(() => notes(t.context).some((text) => text.includes('it ends after its step at work')));
		if (first === long) {
			await when(() => halted(on));
			on.write('/srv/enough', '');
		}
		t.is((await settling)[0]!.followed.length, 1);
		t.false(on.has('/srv/half') || on.has('/srv/2'), 'the step was not cut, and no other came after it');
		t.is(/"name":"never".*"event":"stopped"/.test(on.read('/var/lib/kubestrap/journal.ndjson')), first === wait);
	}
});

asRoot('a limit of time does not end a step because its line is slow', async (t) => {
	const limit = new AbortController();
	const {machines, hosts, made, options, tell} = stage(t.context, ['n1'], phases, {signal: limit.signal});
	const [on] = machines as [Machine];
	const slow = (host: Host): Host => ({
		...host,
		exec: (argv: readonly string[], given: ExecOptions) =>
			argv.some((word) => word.includes('d/stop')) ? new Promise(() => {}) : host.exec(argv, given),
	});
	const going = execute(made, new Map([...hosts].map(([name, host]) => [name, slow(host)])), {...options, sites: [site('n1')]});
	await when(() => heard(t.context.news, 'long started'));
	limit.abort(new StepError('not done within --timeout 3s'));
	t.like(await going, {ok: false, exit: 5});
	t.regex(notes(t.context).join('\n'), /could not be ended: it does not know, and works on to its end/);
	t.true(on.has('/srv/half'), 'it is at work');
	on.write('/srv/enough', '');
	await settle(hosts, {tell});
	t.false(on.has('/srv/half'));
});

asRoot('a limit of time that comes while a run is being closed ends that too', async (t) => {
	const limit = new AbortController();
	const wait: Step = {kind: 'wait', title: 'never', until: ['false'], seconds: 600};
	const last = stage(t.context, ['n1'], [phase('z', {steps: () => [wait]})]);
	const first = stage(t.context, ['n1'], [phase('a', {steps: () => [file('/srv/1')]})], {signal: limit.signal});
	const going = execute({...first.made, closing: last.made.nodes}, first.hosts, {...first.options, sites: [site('n1')]});
	await when(() => heard(t.context.news, 'never started'));
	limit.abort(new StepError('not done within --timeout 3s'));
	t.like(await going, {ok: false});
});

asRoot('a limit of time ends a run whose line is dead, and says what it does not know', async (t) => {
	// The hands of a machine that died never answer: without an end of its own the run would wait for ever.
	t.timeout(60_000);
	const limit = new AbortController();
	const end = phase('z', {steps: () => [file('/srv/3')]});
	const {machines, hosts, made, options, tell} = stage(t.context, ['n1'], [...phases, end], {signal: limit.signal});
	const [on] = machines as [Machine];
	const going = execute({...made, closing: made.nodes}, hosts, {...options, sites: [site('n1')]});
	await when(() => heard(t.context.news, 'long started'));
	const alive = on.die();
	limit.abort(new StepError('not done within --timeout 3s'));
	t.like(await going, {ok: false, exit: 5});
	const said = notes(t.context).join('\n');
	t.regex(
		said,
		/could not be ended: it does not know, and works on to its end, two hours at most; the next run has it end after its step/,
	);
	t.regex(said, /^no answer: whether it has let go of this run is not known/m);
	on.write('/srv/enough', '');
	await settle(new Map([['n1', alive]]), {tell});
});
