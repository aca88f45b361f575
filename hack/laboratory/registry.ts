/** Debian's docker-registry over a folder: writable while the folder is made, read-only when labs serve from it. */
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {alive, type Process, start, until} from './processes.ts';

export type RegistryOptions = {
	/** Where its config and log go. */
	readonly folder: string;
	readonly storage: string;
	/** `address:port` to listen on. */
	readonly listen: string;
	readonly readonly: boolean;
};

export function startRegistry({folder, storage, listen, readonly}: RegistryOptions): Process {
	const config = {
		version: '0.1',
		log: {level: 'warn', accesslog: {disabled: false}},
		storage: {
			filesystem: {rootdirectory: storage},
			cache: {blobdescriptor: 'inmemory'},
			maintenance: {readonly: {enabled: readonly}, uploadpurging: {enabled: false}},
		},
		http: {addr: listen, secret: 'one process, nothing to share'},
	};
	// JSON is YAML.
	const file = join(folder, 'registry.json');
	writeFileSync(file, JSON.stringify(config));
	return start(['docker-registry', 'serve', file], join(folder, 'registry.log'), {OTEL_TRACES_EXPORTER: 'none'});
}

export async function registryAnswers(listen: string, process: Process): Promise<void> {
	const answers = async () => {
		if (!alive(process)) throw new Error(`the registry on ${listen} has ended: see registry.log in the lab's folder`);
		return fetch(`http://${listen}/v2/`).then(
			(response) => response.ok,
			() => false,
		);
	};
	await until(answers, 10_000, `the registry on ${listen}`);
}
