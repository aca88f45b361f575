import {mkdirSync, rmSync} from 'node:fs';
import type {Lock, PlannedPhase, Step} from '../../src/model.ts';
import {readWord} from '../../src/run/words.ts';
import {compile} from '../../src/steps/compile.ts';
import {filled} from '../../src/steps/content.ts';
import type {Context} from '../../src/steps/kind.ts';
import type {Machine} from '../run/machine.ts';
import {emptyLock, planned} from '../run/values.ts';

const context = (lock: Lock, {urls = [], server, downloader}: Options): Context => ({
	lock,
	urls: () => urls,
	criSocket: 'unix:///run/c.sock',
	...(server === undefined ? {} : {server}),
	...(downloader === undefined ? {} : {downloader}),
});

type Options = {
	mode?: string;
	lock?: Lock;
	fence?: number;
	urls?: readonly string[];
	shell?: string;
	server?: string;
	downloader?: 'curl' | 'wget';
};

/** Runs phases as one program on a machine. Gives the exit code, `LABEL STATE` for each step, and the lines of evidence. */
export async function run(on: Machine, phases: readonly PlannedPhase[], options: Options = {}) {
	const {mode = 'apply', lock = emptyLock, fence = 1, shell = 'sh'} = options;
	const program = compile({name: 'c', awaits: [], phases}, context(lock, options));
	rmSync(on.at('/run/p'), {recursive: true, force: true});
	mkdirSync(on.at('/run/p'));
	on.write('/run/p/program', program.text);
	const secrets = new Map([['ca.key', Buffer.from('SECRET')]]);
	for (const {name, content} of program.files) on.write(`/run/p/${name}`, filled(content, secrets));
	const {code, stdout, stderr} = await on.sh(`${shell} /run/p/program /run/p ${mode} ${fence} u1`);
	const log = mode === 'observe' ? stdout : on.read('/run/p/log');
	const words = log.split('\n').map((text) => readWord(text));
	const states = words.flatMap((word) =>
		word?.kind === 'step' && word.state !== 'started' ? [`${program.steps[word.index]!.label} ${word.state}`] : [],
	);
	const evidence = words.flatMap((word) => (word?.kind === 'evidence' ? [word.text] : []));
	return {code, states, evidence, log, stderr};
}

export const one = (...steps: Step[]) => [planned('p', steps)];
