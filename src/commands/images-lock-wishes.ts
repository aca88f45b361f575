/** What the flags of `images lock` ask for. */
import {ConfigError, type Problem} from '../errors.ts';
import type {Flags} from './call.ts';

export const lockParts = ['images', 'binaries', 'packages'] as const;
export type LockPart = (typeof lockParts)[number];
const knownPlatforms = ['linux/amd64', 'linux/arm64'];

export type LockWishes = {
	/** `-` is stdout. */
	readonly file: string;
	readonly parts: readonly LockPart[];
	/** The first one is that of most machines. */
	readonly platforms: readonly string[];
	/** Of the nodes, for the packages that are made for one. */
	readonly distribution?: {readonly id: string; readonly codename: string};
	readonly trust?: string;
};

/** Throws ConfigError with all that is wrong. */
export function lockWishes({words, images = {}}: Pick<Flags, 'words' | 'images'>): LockWishes {
	const {platform = ['linux/amd64'], only = lockParts, distribution, trust} = images;
	const problems: Problem[] = [];
	const choose = <T extends string>(flag: string, given: readonly string[], known: readonly T[]): T[] => {
		for (const one of given)
			if (!known.includes(one as T)) problems.push({message: `${flag} ${one} is not known`, hint: `known: ${known.join(', ')}`});
		return [...new Set(given)] as T[];
	};
	const [file] = words;
	if (file === undefined || words.length > 1)
		problems.push({message: 'one file to write is needed', hint: 'kubestrap images lock FILE; - is stdout'});
	const parts = choose('--only', only, lockParts);
	const platforms = choose('--platform', platform, knownPlatforms);
	const [, id, codename] = /^([a-z]+)\/([a-z]+)$/.exec(distribution ?? '') ?? [];
	if (distribution !== undefined && codename === undefined)
		problems.push({message: `--distribution ${distribution} is none`, hint: 'as in --distribution debian/bookworm'});
	if (problems.length > 0) throw new ConfigError(problems, {hint: 'kubestrap images lock --help'});
	return {
		file: file!,
		parts,
		platforms,
		...(id && codename ? {distribution: {id, codename}} : {}),
		...(trust === undefined ? {} : {trust}),
	};
}
