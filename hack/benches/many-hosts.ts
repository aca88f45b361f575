/** How time and memory of survey and plan grow: one SSH server under 200 names against the same under 20. */
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {execPath} from 'node:process';
import {run} from '../laboratory/command.ts';
import {bundled, compiled} from './bundle.ts';
import type {Part} from './figures.ts';
import {configFor} from './same-tasks.ts';
import type {Scenario, Turn} from './scenario.ts';
import {startServers} from './sshds.ts';

const [many, few] = [200, 20];
/** The names are seen by the measured process alone. */
const named = 'mount --make-rprivate / && mount --bind "$0" /etc/hosts && exec "$@"';

type Told = {readonly seconds: number; readonly mebibytes: number; readonly parts: readonly Part[]};

const measure = (name: string, work: string) => ({name, row: 'survey', work, against: `the same with ${few}`, goal: many / few});

export const manyHosts: Scenario = {
	measures: [
		measure('survey', `survey and plan of ${many} hosts: one SSH server on loopback under ${many} names`),
		{...measure('memory', 'the most memory that it takes'), unit: 'MiB'},
	],
	async open() {
		const folder = mkdtempSync(join(tmpdir(), 'ks-'));
		const bundle = await bundled('many-hosts-ours');
		const {servers, identityFile, stop} = await startServers(folder, 1);
		const [server] = servers;
		const names = Array.from({length: many}, (_, index) => `n${index + 1}`);
		const file = join(folder, 'hosts');
		writeFileSync(file, ['127.0.0.1 localhost\n', ...names.map((name) => `${server!.address} ${name}.bench\n`)].join(''));
		const turn = (count: number): Turn => {
			const config = join(folder, `${count}.yaml`);
			const hosts = names.slice(0, count).map((name) => ({...server!, name, address: `${name}.bench`}));
			writeFileSync(config, configFor({servers: hosts, identityFile}));
			return async () => {
				const {stdout} = await run(['unshare', '-m', 'sh', '-c', named, file, execPath, bundle, config], {env: compiled});
				const {seconds, mebibytes, parts}: Told = JSON.parse(stdout);
				return {survey: {amount: seconds, parts}, memory: {amount: mebibytes, parts: []}};
			};
		};
		const close = async () => {
			await stop();
			rmSync(folder, {recursive: true});
		};
		// The first start ever fills the cache of compiled code.
		await turn(few)();
		return {ours: turn(many), theirs: turn(few), close};
	},
};
