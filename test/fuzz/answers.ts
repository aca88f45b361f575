/**
 * Machines that lie: whatever one answers, the operator has facts or an error with its name, soon; what is shown of it does not write on a terminal,
 * and what is planned of it is data for the programs of this machine and of the others.
 */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {diagnose} from '../../src/checks/causes.ts';
import {check} from '../../src/checks/check.ts';
import {KubestrapError} from '../../src/errors.ts';
import type {Facts, Finding, Host} from '../../src/model.ts';
import {plan} from '../../src/plan.ts';
import {apply, init, reset} from '../../src/recipes.ts';
import {Listener} from '../../src/run/words.ts';
import {compile} from '../../src/steps/compile.ts';
import {type Frames, readFrames} from '../../src/survey/frames.ts';
import {readLiving, seated} from '../../src/survey/living.ts';
import {sitesOf} from '../../src/survey/sites.ts';
import {surveyNode} from '../../src/survey/survey.ts';
import {output} from '../checks/sample.ts';
import {scopeOf} from '../contract/ours.ts';
import {wholeLock} from '../laws/lock.ts';
import {clusterOf} from '../phases/cluster.ts';
import {effortMs} from './effort.ts';
import {Evaluation} from './evaluate.ts';
import {bitten, framed, spoiled} from './frames.ts';
import {canary, hostileText} from './hostile.ts';
import {livingFrames} from './living-frames.ts';
import {Random, seedOf} from './random.ts';

export type Heard = {
	readonly answers: number;
	readonly understood: number;
	readonly faults: readonly {readonly number: number; readonly what: string}[];
};

const tooSlow = 2000;
const {cluster} = clusterOf([{name: 'cp1'}, {name: 'w1', role: 'worker'}]);
const [first, second] = cluster.nodes;

/** A machine that gives the answer that was made for it. */
const liar = (name: string, answer: (nonce: string) => Buffer): Host => ({
	name,
	exec: async (argv, {onStdout}) => {
		onStdout?.(answer(argv[4]!));
		return {code: 0, stdout: '', stderr: ''};
	},
	close: async () => {},
});

/** What this machine answers to a survey. */
export async function honestFrames(): Promise<Frames> {
	let frames: Frames | undefined;
	const here: Host = {
		name: 'here',
		exec: async (argv, {onStdout}) => {
			const child = spawn(argv[0]!, argv.slice(1), {stdio: ['ignore', 'pipe', 'ignore']});
			const chunks: Buffer[] = [];
			child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
			await once(child, 'close');
			frames = readFrames(Buffer.concat(chunks), argv[4]!);
			onStdout?.(Buffer.concat(chunks));
			return {code: 0, stdout: '', stderr: ''};
		},
		close: async () => {},
	};
	await surveyNode(cluster, first!, here);
	return frames!;
}

/** Hears the answers from one number to below another. `honest` is what they are made of. */
export async function fuzzAnswers(word: string, from: number, until: number, honest: Frames): Promise<Heard> {
	const evaluation = new Evaluation();
	const faults: {number: number; what: string}[] = [];
	let understood = 0;
	const other = await surveyNode(
		cluster,
		second!,
		liar('w1', (nonce) => framed(nonce, honest)),
	);
	try {
		for (let number = from; number < until; number += 1) {
			const random = new Random(seedOf(word, number));
			const lie: Lie = {random, at: evaluation.canary, told: []};
			const began = effortMs();
			try {
				const programs = number % 4 === 3 ? await livingOf(lie, other) : await machineOf(lie, honest, other);
				understood += 1;
				for (const program of programs) evaluation.add(number, program);
				logOf(random);
			} catch (error) {
				if (!(error instanceof KubestrapError))
					faults.push({number, what: `a crash: ${error instanceof Error ? error.stack : String(error)}\n${lie.told.join('\n')}`});
				else if (isLoud(`${error.message}\n${error.hint}`))
					faults.push({number, what: `control characters: ${JSON.stringify(error.message)}`});
			}
			const ms = effortMs() - began;
			if (ms > tooSlow) faults.push({number, what: `it took ${Math.round(ms)} ms`});
			const polluted = Object.keys(Object.prototype);
			if (polluted.length > 0) throw new Error(`answer ${number} gave every object ${polluted.join()}`);
		}
	} finally {
		faults.push(...evaluation.end().map((number) => ({number, what: 'it was run by a shell, or broke its line'})));
	}
	return {answers: until - from, understood, faults};
}

const aimed = (frames: Frames, at: string): Map<string, Buffer> =>
	new Map(
		[...frames].map(([name, bytes]) => [
			name,
			bytes.includes(canary) ? Buffer.from(bytes.toString('latin1').replaceAll(canary, at), 'latin1') : bytes,
		]),
	);

/** `at`: where a value that is run leaves its file. `told`: what was lied about. */
type Lie = {readonly random: Random; readonly at: string; readonly told: string[]};

/** One machine lies about itself, the other one is honest. */
async function machineOf({random, at, told}: Lie, honest: Frames, other: Facts): Promise<string[]> {
	const {frames: lies, changes} = spoiled(honest, random);
	told.push(...changes);
	const frames = aimed(lies, at);
	const answer = (nonce: string) => (random.once(20) ? bitten(framed(nonce, frames), random) : framed(nonce, frames));
	const facts = await surveyNode(cluster, first!, liar('cp1', answer));
	return programsOf(
		new Map([
			['cp1', facts],
			['w1', other],
		]),
	);
}

/** The cluster that it says it is part of is another than it says. */
async function livingOf({random, at, told}: Lie, other: Facts): Promise<string[]> {
	const {frames: lies, changes} = spoiled(livingFrames(random), random);
	told.push(...changes);
	const frames = aimed(lies, at);
	const found = await readLiving(cluster, new Map([['cp1', liar('cp1', (nonce) => framed(nonce, frames))]]));
	return programsOf(
		new Map([
			['cp1', other],
			['w1', other],
		]),
		found,
	);
}

function programsOf(facts: ReadonlyMap<string, Facts>, search: Awaited<ReturnType<typeof readLiving>> = {silent: []}): string[] {
	const sites = sitesOf(cluster, facts, search.found);
	const living = seated(search, sites);
	shown(check(cluster, sites, {living, after: ['swap', 'kernel', 'runtime', 'kubelet', 'kubelet-start', 'images']}));
	const scope = scopeOf(cluster, sites);
	const lock = wholeLock(scope);
	const criSocket = cluster.registration.criSocket;
	return (living === undefined ? [init, reset] : [apply]).flatMap((recipe) =>
		plan(recipe, {...scope, ...(living && {living})}).nodes.flatMap(({chapters}) =>
			chapters.map((chapter) => compile(chapter, {lock, urls: () => [], criSocket}).text),
		),
	);
}

function shown(findings: readonly Finding[]): void {
	const loud = findings.find(({evidence, remedy, id}) => isLoud(evidence + remedy + id) || evidence.length > 1000);
	if (loud !== undefined) throw new Error(`a finding that is not fit to be shown: ${JSON.stringify(loud).slice(0, 500)}`);
}

/** Logs of units and of components come in any shape. */
function logOf(random: Random): void {
	const lines = Array.from(
		{length: 5},
		() => random.pick(['@ 1 ', '~ 0 ', '| 1 ', '? 0 ', '< rc ', '== kubelet\n', 'E1121 ', '']) + hostileText(random),
	);
	const text = lines.join('\n');
	const listener = new Listener((heard) => void heard);
	for (let at = 0; at < text.length; at += 7) listener.feed(Buffer.from(text.slice(at, at + 7)));
	const {cause, evidence, remedy} = diagnose('kubelet', output(`== kubelet\n${text}\n`), cluster, site);
	const loud = [cause, ...evidence, remedy].find(isLoud);
	if (loud !== undefined) throw new Error(`a diagnosis that is not fit to be shown: ${JSON.stringify(loud)}`);
}

const isLoud = (text: string) => /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/.test(text);
const site = clusterOf([{name: 'cp1'}]).sites[0]!;
