/** A cluster over SSH as people have it: names of an ssh config, one machine behind the other, and an sshd that allows little. */
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {Stage} from './stage.ts';

const caps = "printf 'MaxSessions 1\\nMaxStartups 2:100:2\\n' >/etc/ssh/sshd_config.d/00-caps.conf && systemctl restart ssh";

test.serial('init over an ssh config, the worker behind the control plane, MaxSessions 1 and MaxStartups 2', async (t) => {
	t.timeout(900_000);
	const stage = await Stage.open({workers: 1});
	t.teardown(() => stage.close());
	for (const name of ['cp1', 'w1']) await stage.ssh(name, caps);
	const given = readFileSync(stage.config(), 'utf8');
	const [, identityFile] = /identityFile: "([^"]+)"/.exec(given)!;
	const machines = [...given.matchAll(/- \{name: (\w+), role: \S+, address: ([\d.]+), .*hostKey: "[^"]+"/g)];
	t.is(machines.length, 2);
	const blocks = machines.map(
		([, name, address]) =>
			`Host to-${name}\n  HostName ${address}\n  User root\n  IdentityFile ${identityFile}\n  UserKnownHostsFile ${stage.folder}/known_hosts\n` +
			`  StrictHostKeyChecking accept-new\n${name === 'w1' ? '  ProxyJump to-cp1\n' : ''}`,
	);
	writeFileSync(join(stage.folder, 'ssh-config'), blocks.join(''));
	const config = stage.config((text) =>
		text
			.replace(/^ {2}ssh: .*$/m, `  ssh: {configFile: "${stage.folder}/ssh-config"}`)
			.replace(/address: [\d.]+, (internalAddress: [\d.]+)(.*), hostKey: "[^"]+"/g, 'address: ALIAS, $1$2')
			.replace(/(name: (\w+), .*)address: ALIAS/g, '$1address: to-$2'),
	);
	const first = await stage.kubestrap(['init', '-c', config, '--kubeconfig', stage.kubeconfig]);
	t.is(first.code, 0, first.stderr);
	t.is(readFileSync(join(stage.folder, 'known_hosts'), 'utf8').trim().split('\n').length, 2);
	const second = await stage.kubestrap(['init', '-c', config]);
	t.is(second.summary.changed, 0);
	t.regex(
		await stage.ssh('cp1', 'kubectl --kubeconfig /etc/kubernetes/admin.conf get nodes --no-headers'),
		/^cp1 +Ready.*\nw1 +Ready/,
	);
});
