/** The rival for tasks: ansible-core from PyPI in a virtual environment of its own, kept in the cache. */
import {existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {run} from '../laboratory/command.ts';
import {cache} from '../laboratory/places.ts';
import type {Servers} from './sshds.ts';
import {playbook} from './ten-tasks.ts';

export const ansibleVersion = '2.19.14';

/** Python of the machine: the one that Ansible runs on, and the one that its modules run with. */
const python = '/usr/bin/python3';

/** The folder with ansible-playbook. Installs it when it is not there yet. */
async function programs(): Promise<string> {
	const folder = join(cache, 'ansible', ansibleVersion);
	if (existsSync(join(folder, 'complete'))) return join(folder, 'bin');
	rmSync(folder, {recursive: true, force: true});
	mkdirSync(folder, {recursive: true});
	await run([python, '-m', 'venv', folder]);
	await run([join(folder, 'bin/pip'), 'install', '--quiet', `ansible-core==${ansibleVersion}`]);
	writeFileSync(join(folder, 'complete.part'), '');
	renameSync(join(folder, 'complete.part'), join(folder, 'complete'));
	return join(folder, 'bin');
}

export type Ansible = {
	/** Plays the ten tasks on all servers; how many tasks changed something, all hosts together. */
	readonly play: () => Promise<number>;
	/** Ends the SSH connections that it keeps open for a minute. */
	readonly hangUp: () => Promise<void>;
};

/** Ready to play, with settings as its documentation has them for speed: 20 forks, pipelining; connections are kept, its default. */
export async function openAnsible(folder: string, {servers, identityFile, knownHosts}: Servers): Promise<Ansible> {
	const bin = await programs();
	const sockets = join(folder, 'cp');
	mkdirSync(sockets);
	const [inventory, config, book] = ['inventory.ini', 'ansible.cfg', 'playbook.json'].map((name) => join(folder, name));
	const lines = servers.map(({name, address, port}) => `${name} ansible_host=${address} ansible_port=${port}`);
	writeFileSync(inventory!, `${lines.join('\n')}\n`);
	writeFileSync(
		config!,
		[
			'[defaults]',
			'forks = 20',
			'gathering = explicit',
			`interpreter_python = ${python}`,
			'remote_user = root',
			`private_key_file = ${identityFile}`,
			'remote_tmp = /srv/.ansible',
			`local_tmp = ${join(folder, 'tmp')}`,
			'retry_files_enabled = False',
			'nocows = True',
			'[ssh_connection]',
			'pipelining = True',
			`control_path_dir = ${sockets}`,
			`ssh_common_args = -o UserKnownHostsFile=${knownHosts} -o IdentitiesOnly=yes`,
			'',
		].join('\n'),
	);
	writeFileSync(book!, playbook());
	const env = {ANSIBLE_CONFIG: config!, ANSIBLE_HOME: join(folder, 'home'), LC_ALL: 'C.UTF-8'};
	return {
		play: async () => {
			const {stdout} = await run([join(bin, 'ansible-playbook'), '-i', inventory!, book!], {cwd: folder, env});
			const hosts = [...stdout.matchAll(/ok=10 +changed=(\d+) +unreachable=0 +failed=0/g)];
			if (hosts.length !== servers.length) throw new Error(`ansible did not do all tasks on all hosts:\n${stdout.slice(-2000)}`);
			return hosts.reduce((sum, [, changed]) => sum + Number(changed), 0);
		},
		hangUp: async () => {
			const open = readdirSync(sockets).map((name) => join(sockets, name));
			await Promise.all(
				open.map((socket) => run(['ssh', '-o', `ControlPath=${socket}`, '-O', 'exit', 'there'], {mayFail: true})),
			);
		},
	};
}
