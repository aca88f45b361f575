/** The lab's door: reads the command line, calls, prints. Data goes to stdout, everything else to stderr. */
import {spawn} from 'node:child_process';
import {argv, exit, stdout} from 'node:process';
import {parseArgs} from 'node:util';
import {count, kindsOf, oneOf, options, split, usage} from './arguments.ts';
import {build} from './build.ts';
import {tell} from './command.ts';
import {components} from './components.ts';
import {configMirrors, configUsers} from './config.ts';
import {sshArguments} from './keys.ts';
import {find, type Lab, parts, requireRoot, up} from './lab.ts';
import {componentsCache} from './places.ts';
import {records} from './record.ts';

function living(name: string): Lab {
	const lab = find(name);
	if (lab === undefined) throw new Error(`there is no lab ${name}: hack/lab up --name ${name}`);
	return lab;
}

function ssh(lab: Lab, user: string, nodeName: string, remote: readonly string[]): Promise<number> {
	const node = lab.nodes.find(({name}) => name === nodeName);
	if (node === undefined) throw new Error(`lab ${lab.name} has the nodes ${lab.nodes.map(({name}) => name).join(', ')}`);
	const child = spawn('ssh', [...sshArguments(lab.name, node, user), ...remote], {stdio: 'inherit'});
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
	const [own, remote] = split(argv.slice(2));
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
				...kindsOf(values.kind),
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
			for (const {name, role, address, kind = 'nspawn'} of living(values.name).nodes)
				stdout.write(`${name}\t${role}\t${address}\t${kind}\n`);
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
			return ssh(living(values.name), values.user, first, remote);
		case 'reset':
			await living(values.name).reset(first);
			return 0;
		case 'reboot':
			await living(values.name).reboot(first);
			return 0;
		case 'power-cut':
			await living(values.name).powerCut(first);
			return 0;
		case 'boot':
			await living(values.name).boot(first);
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
