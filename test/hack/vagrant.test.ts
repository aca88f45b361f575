/** The folder for Vagrant: its machines, the config beside it and what `vagrant ssh-config` would say fit together. Vagrant itself does not run here. */
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {load} from '../../src/cluster/load.ts';
import {directAddress, routeTo} from '../../src/cluster/route.ts';
import {testFolder} from '../folder.ts';

const folder = join(import.meta.dirname, '../../hack/vagrant');
const vagrantfile = readFileSync(join(folder, 'Vagrantfile'), 'utf8');
const machines = [...vagrantfile.matchAll(/^ {2}'(\w+)' => \{ ip: '([\d.]+)'/gm)].map(([, name, ip]) => ({name: name!, ip: ip!}));

/** As VirtualBox has it: one address, a forwarded port each. */
const sshConfig = machines
	.map(
		({name}, index) =>
			`Host ${name}\n  HostName 127.0.0.1\n  User vagrant\n  Port ${2200 + index}\n  UserKnownHostsFile /dev/null\n  StrictHostKeyChecking no\n` +
			`  PasswordAuthentication no\n  IdentityFile /m/${name}/private_key\n  IdentitiesOnly yes\n  LogLevel FATAL\n\n`,
	)
	.join('');

test('the config lists the machines of the Vagrantfile, each by its own forwarded port and key', (t) => {
	const file = join(testFolder(), 'ssh-config');
	writeFileSync(file, sshConfig);
	const cluster = load(readFileSync(join(folder, 'kubestrap.yaml'), 'utf8'), {
		file: join(folder, 'kubestrap.yaml'),
		flags: {sshConfig: file},
	});
	t.deepEqual(
		cluster.nodes.map((node) => ({name: node.name, ip: node.internalAddress})),
		machines,
	);
	t.deepEqual(
		cluster.nodes.map((node) =>
			routeTo(node, cluster).hops.map(({user, host, port, keyFiles}) => [user, host, port, ...keyFiles]),
		),
		machines.map(({name}, index) => [['vagrant', '127.0.0.1', 2200 + index, `/m/${name}/private_key`]]),
	);
	t.is(directAddress(cluster.nodes[0]!, cluster), undefined, 'the kubeconfig keeps the address of the private network');
});

test('README and Vagrantfile show the same four lines', (t) => {
	const readme = readFileSync(join(folder, '../../README.md'), 'utf8');
	const lines = [...vagrantfile.matchAll(/^# {3}(\S.*)$/gm)].map(([, line]) => line!);
	t.is(lines.length, 4);
	for (const line of lines) t.true(readme.includes(line), line);
});
