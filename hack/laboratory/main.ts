/** The lab's door: reads the command line, calls, prints. Data goes to stdout, everything else to stderr. */
import {spawn} from 'node:child_process';
import {argv, exit, stdout} from 'node:process';
import {parseArgs} from 'node:util';
import {build} from './build.ts';
import {tell} from './command.ts';
import {components} from './components.ts';
import {configMirrors, configUsers} from './config.ts';
import {find, type Lab, parts, requireRoot, up} from './lab.ts';
import {componentsCache} from './places.ts';
import {records} from './record.ts';

const usage = `hack/lab: throw-away machines and a mirror

  hack/lab up [--control-planes 1] [--workers 1] [--kubernetes-version v1.37.1] [--default-route]
  hack/lab status                          what runs
  hack/lab nodes                           name, role, address of each node
  hack/lab config [--user root|debian|carol] [--mirror lab|aliyun] [--packages]   the cluster.yaml for this lab
  hack/lab ssh [--user USER] NODE [COMMAND…]
  hack/lab reset NODE                      a fresh Debian for one node
  hack/lab down                            take it away
  hack/lab component NAME VERSION          compile one binary (or component) if need be, and print its path

  --name NAME    which lab (default: lab); labs of different names stand side by side
`;

const options = {
	name: {type: 'string', default: 'lab'},
	'control-planes': {type: 'string', default: '1'},
	workers: {type: 'string', default: '1'},
	'kubernetes-version': {type: 'string', default: 'v1.37.1'},
	'default-route': {type: 'boolean', default: false},
	user: {type: 'string', default: 'root'},
	packages: {type: 'boolean', default: false},
	mirror: {type: 'string', default: 'lab'},
	help: {type: 'boolean', short: 'h', default: false},
} as const;

/** What comes after `ssh NODE` belongs to the remote command, dashes and all. */
function split(words: readonly string[]): readonly [string[], string[]] {
	const at = words.indexOf('ssh');
	if (at === -1) return [[...words], []];
	let node = at + 1;
	while (words[node]?.startsWith('--')) node += words[node]?.includes('=') ? 1 : 2;
	return [words.slice(0, node + 1), words.slice(node + 1)];
}

const [own, remote] = split(argv.slice(2));

function count(text: string, flag: string): number {
	if (!/^\d{1,2}$/.test(text)) throw new Error(`--${flag} is a number: ${text}`);
	return Number(text);
}

function living(name: string): Lab {
	const lab = find(name);
	if (lab === undefined) throw new Error(`there is no lab ${name}: hack/lab up --name ${name}`);
	return lab;
}

function oneOf<T extends string>(choices: readonly T[], word: string, flag: string): T {
	const known = choices.find((each) => each === word);
	if (known === undefined) throw new Error(`--${flag} is one of ${choices.join(', ')}: ${word}`);
	return known;
}

function ssh(lab: Lab, user: string, nodeName: string): Promise<number> {
	const node = lab.nodes.find(({name}) => name === nodeName);
	if (node === undefined) throw new Error(`lab ${lab.name} has the nodes ${lab.nodes.map(({name}) => name).join(', ')}`);
	const settings = [
		'StrictHostKeyChecking=yes',
		`UserKnownHostsFile=${lab.folder}/known_hosts`,
		'IdentitiesOnly=yes',
		'LogLevel=ERROR',
	];
	const flags = [...settings.flatMap((each) => ['-o', each]), '-i', lab.identityFile];
	const child = spawn('ssh', [...flags, `${user}@${node.address}`, ...remote], {stdio: 'inherit'});
	return new Promise((resolve, reject) => child.on('error', reject).on('close', (code) => resolve(code ?? 1)));
}

async function component(name: string, version: string): Promise<void> {
	const row = components.find(
		(each) => each.version === version && (name in each.binaries || each.name === `${name}-${version}`),
	);
	if (row === undefined)
		throw new Error(`no component or binary ${name} ${version} (known: ${components.map((each) => each.name).join(', ')})`);
	const single = name in row.binaries;
	const folder = await build(row.name, single ? [name] : undefined);
	stdout.write(`${single ? `${componentsCache}/bin/${name}-${version}` : folder}\n`);
}

async function main(): Promise<number> {
	const {values, positionals} = parseArgs({args: own, options, allowPositionals: true});
	const [verb = '', first = '', second = ''] = positionals;
	if (values.help || verb === '' || verb === 'help') {
		stdout.write(usage);
		return 0;
	}
	if (verb !== 'component') requireRoot();
	switch (verb) {
		case 'up': {
			const begin = Date.now();
			const lab = await up({
				name: values.name,
				controlPlanes: count(values['control-planes'], 'control-planes'),
				workers: count(values.workers, 'workers'),
				kubernetesVersion: values['kubernetes-version'],
				defaultRoute: values['default-route'],
			});
			const seconds = ((Date.now() - begin) / 1000).toFixed(1);
			tell(`lab ${lab.name} stands after ${seconds} s: ${lab.nodes.map(({name, address}) => `${name} ${address}`).join(', ')}`);
			return 0;
		}
		case 'status': {
			const names = records().map(({name}) => name);
			if (names.length === 0) tell('no lab on this machine');
			for (const name of names) {
				for (const {part, running, where} of parts(name))
					stdout.write(`${name}\t${part}\t${running ? 'running' : 'stopped'}\t${where}\n`);
			}
			return 0;
		}
		case 'nodes':
			for (const {name, role, address} of living(values.name).nodes) stdout.write(`${name}\t${role}\t${address}\n`);
			return 0;
		case 'config':
			stdout.write(
				living(values.name).config(oneOf(configUsers, values.user, 'user'), {
					packages: values.packages,
					mirror: oneOf(configMirrors, values.mirror, 'mirror'),
				}),
			);
			return 0;
		case 'ssh':
			return ssh(living(values.name), values.user, first);
		case 'reset':
			await living(values.name).reset(first);
			return 0;
		case 'down':
			await find(values.name)?.down();
			return 0;
		case 'component':
			await component(first, second);
			return 0;
		default:
			throw new Error(`unknown verb ${verb}: see hack/lab --help`);
	}
}

try {
	exit(await main());
} catch (error) {
	tell(`hack/lab: ${error instanceof Error ? error.message : String(error)}`);
	exit(1);
}
