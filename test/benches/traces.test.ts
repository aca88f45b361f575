import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {differences} from '../../hack/benches/traces.ts';
import {isRoot, machine} from '../run/machine.ts';

const asRoot = isRoot ? test : test.skip;
const script = readFileSync(join(import.meta.dirname, '../../hack/benches/traces.sh'), 'utf8');

test('what came and what went is a difference each, what stayed is none', (t) => {
	t.deepEqual(differences(['a 1', 'b 1', 'c 1'], ['c 1', 'a 2', 'd 1']), ['- a 1', '- b 1', '+ a 2', '+ d 1']);
	t.deepEqual(differences(['a', 'b'], ['b', 'a']), []);
});

// The machine's systemd is played: its list of units and the log of process 1 are files here.
asRoot('files written anew, folders that came and went, and units that ended are seen', async (t) => {
	const on = machine();
	t.teardown(() => on.remove());
	on.fake('systemctl', 'cat /run/units 2>/dev/null');
	on.fake('journalctl', 'cat /run/log-of-1 2>/dev/null');
	const looked = async () => {
		const {code, stdout, stderr} = await on.sh(script);
		t.is(code, 0, stderr);
		return stdout.split('\n').filter((line) => /kubestrap|unit/.test(line));
	};
	const touched = async (change: string) => {
		const before = await looked();
		await on.sh(change);
		return differences(before, await looked()).map((line) => line.split(' ').slice(0, 3).join(' '));
	};
	await on.sh('mkdir -p /run/kubestrap; echo 1 >/var/lib/kubestrap/fence');
	t.deepEqual(await touched('cat /var/lib/kubestrap/fence; ls /run/kubestrap'), []);
	const fence = 'file /var/lib/kubestrap/fence';
	t.deepEqual(await touched('echo 1 >/var/lib/kubestrap/fence'), [`- ${fence}`, `+ ${fence}`], 'the same bytes are a write too');
	t.deepEqual(
		await touched('mkdir /run/kubestrap/unit; rmdir /run/kubestrap/unit'),
		['-', '+'].map((sign) => `${sign} file /run/kubestrap`),
	);
	t.deepEqual(await touched('echo Started kubestrap-x.service >>/run/log-of-1'), ['- units ever:', '+ units ever:']);
	t.deepEqual(await touched('echo kubestrap-x.service loaded active >/run/units'), ['+ unit kubestrap-x.service']);
});
