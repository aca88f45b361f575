/** What images are and where they may be had: every mirror is asked for every image, and compared with upstream's own registry or a trusted lock. */
import type {Problem} from '../errors.ts';
import {slots} from '../host/slots.ts';
import type {Lock, LockedImage, Mirror} from '../model.ts';
import {type Finding, judge, type Seen, see, type Truth} from './image-verdict.ts';
import {lockFor} from './lock.ts';
import {type ImagePlace, imagePlaces, parseImage} from './mirror.ts';
import type {Registry} from './registry/registry.ts';
import {scouted} from './registry-scout.ts';

/** An image by the name that the cluster uses, and upstream's name of the same. */
export type WantedImage = {readonly ref: string; readonly upstream: string};

export type ImageVerdict = Finding & {
	readonly ref: string;
	readonly platform: string;
	/** Address of the mirror, or host of the registry. */
	readonly place: string;
};

export type ImagesAnswer = {
	readonly images: Readonly<Record<string, LockedImage>>;
	readonly verdicts: readonly ImageVerdict[];
	/** Why no lock may be made of it: content that is not upstream's, images that nobody vouches for, images that nobody has. */
	readonly problems: readonly Problem[];
};

export type ImagesQuestion = {
	readonly wanted: readonly WantedImage[];
	/** `linux/amd64`; the first one is the lock's main platform. */
	readonly platforms: readonly string[];
	readonly mirror: Pick<Mirror, 'images'>;
	/** A lock that somebody trusted made: it says what upstream's is, and nobody else is believed. */
	readonly trusted?: Lock;
	/** Speaks with mirrors. */
	readonly mirrors: Registry;
	/** Speaks with upstream's registries, over TLS that is checked against the system's authorities. */
	readonly upstream: Registry;
};

/** How many images are looked for at a time. */
const atOnce = 16;

/** Asks and compares, all images at once. Never rejects for what a registry did; rejects with the signal's reason. */
export async function lockImages(question: ImagesQuestion): Promise<ImagesAnswer> {
	const [first = 'linux/amd64', ...others] = question.platforms;
	const registries = {mirrors: scouted(question.mirrors), upstream: scouted(question.upstream)};
	const turns = slots(atOnce);
	const ask = async (image: WantedImage, platform: string) => {
		const leave = await turns.take();
		try {
			return await lockImage(image, platform, {...question, ...registries});
		} finally {
			leave();
		}
	};
	const answers = await Promise.all(
		question.wanted.map(async (image) => ({
			image,
			main: await ask(image, first),
			others: await Promise.all(others.map(async (platform) => [platform, await ask(image, platform)] as const)),
		})),
	);
	const images = answers.flatMap(({image, main, others}) => {
		const further = others.flatMap(([platform, {locked}]) => (locked === undefined ? [] : [[platform, locked] as const]));
		if (main.locked === undefined) return [];
		return [
			[
				image.ref,
				{platform: first, ...main.locked, ...(further.length > 0 && {platforms: Object.fromEntries(further)})},
			] as const,
		];
	});
	const all = answers.flatMap(({main, others}) => [main, ...others.map(([, answer]) => answer)]);
	return {
		images: Object.fromEntries(images),
		verdicts: all.flatMap(({verdicts}) => verdicts),
		problems: all.flatMap(({problems}) => problems),
	};
}

type Locked = Omit<LockedImage, 'platform' | 'platforms'>;
type Place = ImagePlace & {readonly name: string; readonly registry: Registry};
type Answer = {readonly locked?: Locked; readonly verdicts: readonly ImageVerdict[]; readonly problems: readonly Problem[]};

async function lockImage(image: WantedImage, platform: string, question: ImagesQuestion): Promise<Answer> {
	const {ref} = image;
	const places = placesOf(image, question);
	const seen = await Promise.all(places.map(({registry, refs}) => see(registry, refs, platform)));
	const truth = truthOf(image, platform, question, places, seen);
	const fact = (place: string, finding: Finding): ImageVerdict => ({ref, platform, place, ...finding});
	if (truth === undefined) {
		const last = seen.at(-1)!;
		const why = 'is' in last ? '' : `: ${last.state}${last.why === undefined ? '' : `, ${last.why}`}`;
		const message = `${ref} for ${platform}: nobody vouches for it; upstream's ${image.upstream} cannot be read${why}`;
		const hint = `a mirror's word alone makes no lock: run this where upstream can be reached, or name a lock that was made there with --trust FILE`;
		const unproved = places.map(({name}, index) => fact(name, 'is' in seen[index]! ? {state: 'unproved'} : seen[index]!));
		return {verdicts: unproved, problems: [{message, hint}]};
	}
	const findings = await Promise.all(
		seen.map(async (one, index): Promise<Finding> => ('is' in one ? judge(places[index]!.registry, one, truth) : one)),
	);
	const verdicts = places.map(({name}, index) => fact(name, findings[index]!));
	const bad = verdicts.filter(({state}) => state === 'different');
	const from = [...new Set(findings.flatMap((finding) => (finding.from === undefined ? [] : [finding.from])))];
	// Nodes may reach what the operator cannot; they compare digests too, and ask it last.
	if (findings.at(-1)?.state === 'unreachable') from.push(image.upstream);
	const problems = bad.map(({place, why}) => ({
		message: `${place}: ${ref} for ${platform} is not upstream's: ${why}`,
		hint: 'nothing is taken from there: leave this mirror out (spec.mirror), or have it mended',
	}));
	const nowhere =
		from.length > 0
			? []
			: [{message: `${ref} for ${platform}: no place has it`, hint: 'name a mirror that has it (spec.mirror)'}];
	const {digest, config, diffIDs} = truth;
	return {locked: {digest, config, diffIDs, from}, verdicts, problems: [...problems, ...nowhere]};
}

/** Mirrors of the name that the cluster uses, then those of upstream's name, then upstream. Only upstream itself is spoken to as upstream. */
function placesOf({ref, upstream}: WantedImage, question: ImagesQuestion): Place[] {
	const both =
		ref === upstream ? imagePlaces(ref, question.mirror) : [ref, upstream].flatMap((name) => imagePlaces(name, question.mirror));
	return both.map((place) => {
		const last = place.refs.at(-1)!;
		const registry = place.mirror === undefined && last === both.at(-1)!.refs.at(-1) ? question.upstream : question.mirrors;
		return {...place, name: place.mirror ?? parseImage(last)!.registry, registry};
	});
}

function truthOf(
	{ref, upstream}: WantedImage,
	platform: string,
	{trusted}: ImagesQuestion,
	places: readonly Place[],
	seen: readonly (Seen | Finding)[],
): Truth | undefined {
	if (trusted !== undefined) {
		const {images} = lockFor(trusted, platform.replace('linux/', ''));
		const known = images[ref] ?? images[upstream];
		if (known === undefined) return undefined;
		// Who has the trusted manifest, byte by byte, shows how upstream packed the layers.
		const whole = seen.find((one): one is Seen => 'is' in one && one.is.digest === known.digest);
		return {...known, ...(whole && {layers: whole.is.layers.map(({digest}) => digest)})};
	}
	const last = seen.at(-1);
	if (last === undefined || !('is' in last) || places.at(-1)?.mirror !== undefined) return undefined;
	const {digest, config, diffIDs, layers} = last.is;
	return {digest, config, diffIDs, layers: layers.map((layer) => layer.digest)};
}
