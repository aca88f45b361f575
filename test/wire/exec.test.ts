/** Commands over a real sshd: what goes in, what comes out, how it ends. */
import {createHash, randomBytes} from 'node:crypto';
import test from 'ava';
import {TransportError} from '../../src/errors.ts';
import type {Host} from '../../src/model.ts';
import {hostOn} from './cluster.ts';
import {missing, realTests, type Sshd, startSshd} from './openssh.ts';

const real = realTests(missing);
const deadline = 50_000;
let sshd: Sshd;
let host: Host;

test.before(async (t) => {
	if (missing !== undefined) return t.log(`SKIPPED: ${missing}`);
	sshd = await startSshd();
	host = await hostOn(sshd);
});
test.after.always(async () => {
	await host?.close();
	sshd?.stop();
});

real('exit code, outputs and arguments', async (t) => {
	const odd = ["'\\n\n$(id)`id`!", '', 'ä😀'];
	const {code, stdout, stderr} = await host.exec(['sh', '-c', 'printf "%s\\0" "$@"; echo err >&2; exit 7', 'sh', ...odd], {
		deadline,
	});
	t.deepEqual([code, stdout.split('\0').slice(0, -1), stderr], [7, odd, 'err\n']);
});

real('a command that a signal ended has the code that a shell would give it', async (t) => {
	t.is((await host.exec(['sh', '-c', 'kill -KILL $$'], {deadline})).code, 137);
	t.is((await host.exec(['sh', '-c', 'kill -TERM $$'], {deadline})).code, 143);
});

real('50 MB go in whole, as a stream', async (t) => {
	const chunk = randomBytes(1_000_000);
	const source = async function* () {
		for (let n = 0; n < 50; n++) yield chunk;
	};
	const hash = createHash('sha256');
	for (let n = 0; n < 50; n++) hash.update(chunk);
	const {stdout} = await host.exec(['sha256sum'], {deadline, stdin: source()});
	t.is(stdout.split(' ')[0], hash.digest('hex'));
});

real('40 MB come out whole, as a stream', async (t) => {
	const hash = createHash('sha256');
	const onStdout = (chunk: Buffer) => void hash.update(chunk);
	const {code, stdout} = await host.exec(['head', '-c', '40000000', '/dev/zero'], {deadline, onStdout});
	t.deepEqual([code, stdout], [0, '']);
	t.is(hash.digest('hex'), createHash('sha256').update(Buffer.alloc(40_000_000)).digest('hex'));
});

real('more output than fits in memory is refused', async (t) => {
	await t.throwsAsync(host.exec(['cat', '/dev/zero'], {deadline}), {instanceOf: TransportError, message: /prints without end/});
});

real('a command need not read its input', async (t) => {
	t.is((await host.exec(['true'], {deadline, stdin: Buffer.alloc(10_000_000)})).code, 0);
});

real('30 commands at once on one connection of ten sessions', async (t) => {
	const outputs = await Promise.all(Array.from({length: 30}, (_, n) => host.exec(['echo', String(n)], {deadline})));
	t.deepEqual(
		outputs.map(({stdout}) => stdout),
		Array.from({length: 30}, (_, n) => `${n}\n`),
	);
});

real('a lease: the command lives as long as its input, others run beside it', async (t) => {
	const end = Promise.withResolvers<void>();
	const held = Promise.withResolvers<void>();
	const source = async function* () {
		yield Buffer.from('hold\n');
		await end.promise;
	};
	const onStdout = (chunk: Buffer) => chunk.includes('hold') && held.resolve();
	const lease = host.exec(['cat'], {deadline, stdin: source(), onStdout});
	await held.promise;
	t.is((await host.exec(['echo', 'beside'], {deadline})).stdout, 'beside\n');
	end.resolve();
	t.is((await lease).code, 0);
});

real('a deadline, and an abort', async (t) => {
	await t.throwsAsync(host.exec(['sleep', '60'], {deadline: 300}), {
		instanceOf: TransportError,
		message: /^n1: no end of `sleep 60` within 0.3 s/,
	});
	const stop = new AbortController();
	const work = host.exec(['sleep', '60'], {deadline, signal: stop.signal});
	stop.abort();
	await t.throwsAsync(work, {name: 'Interrupted'});
	t.is((await host.exec(['echo', 'still here'], {deadline})).stdout, 'still here\n');
});

real('a line that is lost in the middle rejects at once, and the next command has a new line', async (t) => {
	const mine = await hostOn(sshd);
	t.teardown(() => mine.close());
	const begun = Promise.withResolvers<string>();
	const onStdout = (chunk: Buffer) => begun.resolve(chunk.toString().trim());
	// The parent of the login shell is the sshd of this one connection.
	const work = mine.exec(['sh', '-c', 'echo $PPID; exec sleep 60'], {deadline, onStdout});
	const beside = mine.exec(['sleep', '60'], {deadline});
	const lost = Promise.all(
		[work, beside].map((one) => t.throwsAsync(one, {instanceOf: TransportError, message: /the connection was lost/})),
	);
	process.kill(Number(await begun.promise), 'SIGKILL');
	await lost;
	t.is((await mine.exec(['echo', 'back'], {deadline})).stdout, 'back\n');
});

real('a closed host starts nothing any more', async (t) => {
	const mine = await hostOn(sshd);
	const work = t.throwsAsync(mine.exec(['sleep', '60'], {deadline}), {instanceOf: TransportError});
	await mine.exec(['true'], {deadline});
	await mine.close();
	await work;
	await t.throwsAsync(mine.exec(['true'], {deadline}), {message: /closed by kubestrap/});
});
