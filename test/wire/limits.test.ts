/** The caps of sshd: MaxSessions on a connection, MaxStartups before a login. They are respected, and hurt nobody. */
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {TransportError} from '../../src/errors.ts';
import {connect} from '../../src/host/connect.ts';
import type {Host} from '../../src/model.ts';
import {testFolder} from '../folder.ts';
import {clusterOf, hostOn, nobody, node} from './cluster.ts';
import {missing, realTests, type Sshd, startSshd} from './openssh.ts';

const real = realTests(missing);
const deadline = 50_000;

/** A command that lives until `end` is called, as the lease of a run does. */
async function lease(host: Host) {
	const over = Promise.withResolvers<void>();
	const held = Promise.withResolvers<void>();
	const source = async function* () {
		yield Buffer.from('hold\n');
		await over.promise;
	};
	const done = host.exec(['cat'], {deadline, stdin: source(), onStdout: (chunk) => chunk.includes('hold') && held.resolve()});
	await held.promise;
	return {end: over.resolve, done};
}
const connections = (server: Sshd) => server.log().match(/Accepted publickey/g)?.length ?? 0;

real('MaxSessions 1: beside a lease and a follower other commands still run, on connections of their own', async (t) => {
	const tight = await startSshd({config: ['MaxSessions 1']});
	t.teardown(tight.stop);
	const mine = await hostOn(tight);
	t.teardown(() => mine.close());
	t.is(connections(tight), 1);
	const [first, second] = [await lease(mine), await lease(mine)];
	const outputs = await Promise.all(Array.from({length: 12}, (_, n) => mine.exec(['echo', String(n)], {deadline})));
	t.is(outputs.map(({stdout}) => stdout.trim()).join(), '0,1,2,3,4,5,6,7,8,9,10,11');
	t.true(connections(tight) <= 8, `${connections(tight)} connections`);
	first.end();
	second.end();
	t.deepEqual([(await first.done).code, (await second.done).code], [0, 0]);
});

real('a session that was given up and works on does not block those that follow', async (t) => {
	const tight = await startSshd({config: ['MaxSessions 1']});
	t.teardown(tight.stop);
	const mine = await hostOn(tight);
	t.teardown(() => mine.close());
	// It ignores that nobody listens any more; sshd counts its session until it ends.
	await t.throwsAsync(mine.exec(['sh', '-c', 'trap "" HUP PIPE; exec sleep 30'], {deadline: 500}), {instanceOf: TransportError});
	t.is((await mine.exec(['echo', 'on'], {deadline})).stdout, 'on\n');
});

real('MaxSessions 0: no session at all is a clear refusal', async (t) => {
	const shut = await startSshd({config: ['MaxSessions 0']});
	t.teardown(shut.stop);
	await t.throwsAsync(hostOn(shut), {message: /n1: sshd opens no session/});
});

real('sshd with few sessions and few handshakes: slower, no failure', async (t) => {
	const tight = await startSshd({config: ['MaxSessions 1', 'MaxStartups 1:100:1']});
	t.teardown(tight.stop);
	const [one, two] = await Promise.all([hostOn(tight), hostOn(tight)]);
	const outputs = await Promise.all(Array.from({length: 6}, (_, n) => (n % 2 ? one : two).exec(['echo', String(n)], {deadline})));
	t.is(outputs.map(({stdout}) => stdout.trim()).join(), '0,1,2,3,4,5');
	await Promise.all([one.close(), two.close()]);
});

real('forty machines behind one address: handshakes take turns, nobody is dropped', async (t) => {
	// The eleventh is dropped, as by default, but always. sshd hears of a login a moment after we do, so some room is needed beside ours.
	const busy = await startSshd({config: ['MaxStartups 10:100:10']});
	t.teardown(busy.stop);
	const {port, identityFile} = busy;
	const access = {port, identityFile, hostKey: busy.hostKey('ed25519')};
	const told: unknown[] = [];
	const names = Array.from({length: 40}, (_, n) => `n${n}`);
	const hosts = await connect(clusterOf(...names.map((name) => node(name, access))), {
		...nobody,
		concurrency: 40,
		tell: (news) => told.push(news),
	});
	t.teardown(() => Promise.all([...hosts.values()].map((host) => host.close())));
	t.is(hosts.size, 40);
	t.deepEqual(told, [], 'sshd has dropped none');
	t.false(busy.log().includes('MaxStartups'));
});

real('a jump host that drops connections is asked again, which is told once', async (t) => {
	const [bastion, busy] = await Promise.all([startSshd({config: ['MaxStartups 1:100:1']}), startSshd()]);
	t.teardown(() => {
		bastion.stop();
		busy.stop();
	});
	const knownHosts = join(testFolder(), 'known_hosts');
	writeFileSync(knownHosts, `[127.0.0.1]:${bastion.port} ${bastion.hostKey('ed25519')}\n`);
	writeFileSync(join(bastion.folder, 'authorized_keys'), readFileSync(`${busy.identityFile}.pub`));
	const {port, identityFile} = busy;
	const access = {port, identityFile, knownHosts, hostKey: busy.hostKey('ed25519'), jump: [`root@127.0.0.1:${bastion.port}`]};
	const told: unknown[] = [];
	const hosts = await connect(clusterOf(...['a', 'b', 'c', 'd', 'e', 'f'].map((name) => node(name, access))), {
		...nobody,
		tell: ({detail}) => told.push(detail),
	});
	t.is(hosts.size, 6);
	t.true(told.length <= 1);
	if (bastion.log().includes('MaxStartups'))
		t.deepEqual(told, ['127.0.0.1: sshd drops connections (MaxStartups), it is asked again']);
	await Promise.all([...hosts.values()].map((host) => host.close()));
});
