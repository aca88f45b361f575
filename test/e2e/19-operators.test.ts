/** Several operators on the same machines: their steps never interleave, who slept is refused, Ctrl-C is clean, and `unlock` frees what is stale. */
import test from 'ava';
import type {Event} from '../../src/model.ts';
import {disorder, orderOf, readJournal} from './journals.ts';
import {type Run, Stage} from './stage.ts';

const full = process.env.KUBESTRAP_FULL === '1';
const pairs = full ? 200 : 10;
const nodes = ['cp1', 'w1'];

let stage: Stage;
test.before(async (t) => {
	t.timeout(1_800_000);
	stage = await Stage.open({name: 'operators'});
});
test.after.always(() => stage?.close());

const some = ['--only-phases', 'swap,kernel'];
/** Long enough to be met in the middle, and no Kubernetes; the whole of it with KUBESTRAP_FULL. */
const much = full ? [] : ['--only-phases', 'swap,kernel,runtime,kubelet,kubeadm'];
const init = () => stage.start(['init', '-c', stage.config(), ...much]);
const notes = ({events}: Run) => events.flatMap(({type, detail}) => (type === 'note' ? [String(detail)] : []));
const begins = (phase: string) => (event: Event) => event.type === 'phase' && event.phase === phase && event.state === 'started';
const onAll = (command: string) => Promise.all(nodes.map((node) => stage.ssh(node, command)));
const journals = () => onAll('cat /var/lib/kubestrap/journal.ndjson');
const active = async () => (await onAll("systemctl list-units --plain --no-legend 'kubestrap-*'")).join('').trim();
const work = (config: string, more: readonly string[] = []) => stage.start(['init', '-c', config, ...some, ...more]);

test.serial(`${pairs} pairs of operators at once: no steps of two runs interleave on any machine`, async (t) => {
	t.timeout(1_800_000);
	const config = stage.config();
	const exits: (number | null)[] = [];
	for (let pair = 0; pair < pairs; pair += 1) {
		await onAll('rm -f /etc/sysctl.d/60-kubestrap*.conf /etc/modules-load.d/60-kubestrap*.conf');
		// Every second pair waits for each other; of the others one may be refused.
		const patient = pair % 2 === 0 ? ['--lock-timeout', '60s'] : [];
		const both = await Promise.all([work(config, patient).done, work(config, patient).done]);
		const codes = both.map(({code}) => code);
		exits.push(...codes);
		t.true(codes.includes(0), both.map(({stderr}) => stderr).join('\n'));
		t.true(
			codes.every((code) => code === 0 || (code === 7 && patient.length === 0)),
			`${codes.join()}: ${both.map(({stderr}) => stderr).join('\n')}`,
		);
	}
	const read = (await journals()).map((text) => readJournal(text));
	t.deepEqual(read.flatMap(disorder), []);
	const orders = read.map(orderOf);
	// A run is on all machines, or was refused by the first.
	t.deepEqual(
		orders[1],
		orders[0]!.filter((run) => orders[1]!.includes(run)),
		'the same order everywhere',
	);
	const count = (exit: number) => exits.filter((code) => code === exit).length;
	t.log(`${pairs} pairs: ${orders[0]!.length} runs worked, ${count(0)} ended with 0, ${count(7)} were refused with 7`);
	t.true(orders[0]!.length >= pairs);
});

test.serial('unlock ends a run that does nothing, names its owner, and that run writes nothing more', async (t) => {
	t.timeout(300_000);
	const config = stage.config();
	await onAll('rm -f /etc/sysctl.d/60-kubestrap*.conf');
	// The run takes the machines, and cannot start a unit on any of them.
	const blocked = onAll(
		'mkdir -p /run/kubestrap; flock /run/kubestrap/.lock sh -c "until [ -e /run/go ]; do sleep 0.1; done"; rm /run/go',
	);
	const first = work(config);
	const held = async () => (await stage.ssh('w1', 'flock -n /var/lib/kubestrap/session.lock true || echo held')).includes('held');
	while (!(await held()));
	const freed = await stage.kubestrap(['unlock', '-c', config, '-y']);
	t.is(freed.code, 0, freed.stderr);
	t.true(
		notes(freed).some((text) =>
			/^held by \S+@\S+ since 20\S+: run \S+ \(init\), last sign of life \d+ s ago; nothing is at work$/.test(text),
		),
	);
	await onAll(': >/run/go');
	await blocked;
	const refused = await first.done;
	t.is(refused.code, 7, refused.stderr);
	t.regex(refused.stderr, /unlocked by \S+ has taken this machine over|another run has this machine now/);
	t.deepEqual(await onAll('ls /etc/sysctl.d/ | grep -c 60-kubestrap || :'), ['0\n', '0\n'], 'nothing of it is written');
	t.is(notes(await stage.kubestrap(['unlock', '-c', config, '-y'])).join(), 'free,free');
});

test.serial('Ctrl-C ends the step at work, leaves no unit behind, and the same command goes on', async (t) => {
	t.timeout(300_000);
	const running = init();
	await running.seen(begins('runtime'));
	running.kill('SIGINT');
	const stopped = await running.done;
	t.is(stopped.code, 130, stopped.stderr);
	t.is(await active(), '');
	t.true(
		notes(stopped).some((text) =>
			/^stopped after \d+ of \d+ steps, the last was .*; the same command skips what is done/.test(text),
		),
	);
	t.is(stopped.summary.failed, 0);
});

/** The next file that is laid down waits for `/run/go`, as a slow step does. */
const slow = `cat >/usr/local/sbin/install <<'END'
#!/bin/sh
: >/run/waiting
until [ -e /run/go ]; do sleep 0.1; done
exec /usr/bin/install "$@"
END
chmod +x /usr/local/sbin/install; rm -f /run/go /etc/sysctl.d/60-kubestrap.conf`;
/** Until the step at work is asked to be the last one. */
const asked = 'until ls /run/kubestrap/*/stop 2>/dev/null; do sleep 0.1; done';
const before = /^goes on after run \S+ \(init of .* UTC by \S+@\S+\), which was interrupted/;

test.serial('who sleeps for a minute finds another run in his place: he refuses, and nothing of him is written', async (t) => {
	t.timeout(600_000);
	await onAll(slow);
	const sleeper = init();
	t.teardown(() => sleeper.kill('SIGKILL'));
	for (const node of nodes) while (!(await stage.ssh(node, 'ls /run')).includes('waiting'));
	t.true(
		sleeper.soFar().some(({detail}) => before.test(String(detail))),
		'it says where the one before came to',
	);
	sleeper.kill('SIGSTOP');
	// A minute is what is tested: the machines let go after 45 s without a sign of life.
	const minute = new Promise((resolve) => setTimeout(resolve, 60_000));
	const config = stage.config();
	const busy = await stage.kubestrap(['unlock', '-c', config, '-y']);
	t.is(busy.code, 7, busy.stderr);
	t.regex(busy.stderr, /kubestrap-\S+ still at work[\s\S]*a machine is never freed while something writes there/);
	const stopping = stage.kubestrap(['unlock', '-c', config, '-y', '--stop']);
	await onAll(`${asked}; : >/run/go; rm /usr/local/sbin/install`);
	const stopped = await stopping;
	t.is(stopped.code, 0, stopped.stderr);
	t.is(await active(), '');
	const other = await init().done;
	t.is(other.code, 0, other.stderr);
	t.true(notes(other).some((text) => text.startsWith('goes on after run ')));
	await minute;
	const still = await Promise.all(nodes.map((node) => stage.still(node)));
	sleeper.kill('SIGCONT');
	const woken = await sleeper.done;
	t.is(woken.code, 7, woken.stderr);
	t.regex(woken.stderr, /another run|taken (this|the) machine over|somebody has stopped this run/);
	t.deepEqual(await Promise.all(nodes.map((node) => stage.still(node))), still);
	t.deepEqual((await journals()).map((text) => readJournal(text)).flatMap(disorder), []);
});
