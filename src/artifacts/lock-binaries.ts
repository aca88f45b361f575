/** What binaries are: upstream's own checksum files over checked TLS say it, or a lock that somebody trusted made. Mirrors are only asked what they have. */
import {basename} from 'node:path/posix';
import type {Problem} from '../errors.ts';
import {slots} from '../host/slots.ts';
import type {Lock, LockedBinary, Mirror} from '../model.ts';
import {binaryUrls} from './mirror.ts';
import {checksumIn, type Release, releaseOf} from './releases.ts';
import {lengthOf, textOf} from './short-questions.ts';
import {type Wire, WireError} from './wire.ts';

export type BinaryVerdict = {readonly key: string; readonly place: string; readonly state: BinaryState; readonly why?: string};
export type BinaryState = 'same' | 'missing' | 'different' | 'unreachable';

export type BinariesAnswer = {
	readonly binaries: Readonly<Record<string, LockedBinary>>;
	readonly verdicts: readonly BinaryVerdict[];
	/** Why no lock may be made of it. */
	readonly problems: readonly Problem[];
};

export type BinariesQuestion = {
	/** Keys of the lock. */
	readonly keys: readonly string[];
	readonly mirror: Mirror;
	readonly trusted?: Lock;
	/** Speaks with mirrors. */
	readonly mirrors: Wire;
	/** Speaks with upstream, over TLS that is checked against the system's authorities. */
	readonly upstream: Wire;
	/** Where a publisher's host is; absent: there. */
	readonly origin?: (host: string) => string;
	readonly signal?: AbortSignal | undefined;
};

const atOnce = 8;

/** Never rejects for what a server did; rejects with the signal's reason. */
export async function lockBinaries(question: BinariesQuestion): Promise<BinariesAnswer> {
	const turns = slots(atOnce);
	const answers = await Promise.all(
		question.keys.map(async (key) => {
			const leave = await turns.take(question.signal);
			try {
				return {key, ...(await lockBinary(key, question))};
			} finally {
				leave();
			}
		}),
	);
	return {
		binaries: Object.fromEntries(answers.flatMap(({key, locked}) => (locked === undefined ? [] : [[key, locked]]))),
		verdicts: answers.flatMap(({verdicts}) => verdicts),
		problems: answers.flatMap(({problems}) => problems),
	};
}

type Answer = {
	readonly locked?: LockedBinary;
	readonly verdicts: readonly BinaryVerdict[];
	readonly problems: readonly Problem[];
};

async function lockBinary(key: string, question: BinariesQuestion): Promise<Answer> {
	const release = releaseOf(key);
	if (release === undefined)
		return {verdicts: [], problems: [{message: `${key}: nobody is known to publish it`, hint: 'is the version right?'}]};
	const trusted = question.trusted?.binaries[key];
	const truth = question.trusted === undefined ? await published(release, question) : trusted;
	if (truth === undefined || 'why' in truth) {
		const who =
			question.trusted === undefined
				? `${release.host} does not say what it is (${truth?.why})`
				: 'the trusted lock does not have it';
		const hint =
			"a mirror's word alone makes no lock: run this where upstream can be reached, or name a lock that was made there with --trust FILE";
		return {verdicts: [], problems: [{message: `${key}: nobody vouches for it; ${who}`, hint}]};
	}
	const locked = {sha256: truth.sha256, size: truth.size, from: [release.path]};
	const verdict = question.mirror.binaries === undefined ? undefined : await mirrored(key, locked, question);
	if (verdict === undefined || verdict.state === 'same') return {locked, verdicts: verdict ? [verdict] : [], problems: []};
	const message = `${verdict.place}: ${key} is ${verdict.state}${verdict.why === undefined ? '' : `: ${verdict.why}`}`;
	const hint = 'with spec.mirror.binaries nobody else is asked: have it filled, or leave that word out';
	return {locked, verdicts: [verdict], problems: [{message, hint}]};
}

/** What upstream says that a file is, or why it says nothing. */
async function published(
	{host, path, sums}: Release,
	{upstream, origin = (name) => `https://${name}`, signal}: BinariesQuestion,
): Promise<{sha256: string; size: number} | {why: string}> {
	try {
		const [list, head] = await Promise.all([
			textOf(upstream, `${origin(host)}/${sums}`, signal),
			lengthOf(upstream, `${origin(host)}/${path}`, signal),
		]);
		const sha256 = checksumIn(list, basename(path));
		if (sha256 === undefined) return {why: `${sums} names no checksum of ${basename(path)}`};
		return typeof head === 'number' ? {sha256, size: head} : {why: head};
	} catch (error) {
		if (error instanceof WireError) return {why: error.message};
		throw error;
	}
}

async function mirrored(key: string, locked: LockedBinary, {mirror, mirrors, signal}: BinariesQuestion): Promise<BinaryVerdict> {
	const urls = binaryUrls(locked, mirror);
	const place = mirror.binaries ?? '';
	try {
		let size: number | string = 'no address';
		for (const url of urls) {
			size = await lengthOf(mirrors, url, signal);
			if (typeof size === 'number') break;
		}
		if (size === locked.size) return {key, place, state: 'same'};
		if (typeof size === 'number')
			return {key, place, state: 'different', why: `it has ${size} bytes, upstream's has ${locked.size}`};
		return {key, place, state: 'missing', why: size};
	} catch (error) {
		if (error instanceof WireError) return {key, place, state: 'unreachable', why: error.message};
		throw error;
	}
}
