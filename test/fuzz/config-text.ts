/** Config files that might be anything: right ones, ones with something wrong in some place, and ones that are hardly YAML. */
import {toYaml} from '../../src/yaml.ts';
import {configs} from './fields.ts';
import {hostileText} from './hostile.ts';
import type {Random} from './random.ts';
import {spoil} from './spoil.ts';

/** One config file. */
export function configText(random: Random): string {
	const [cluster, ...others] = random.pick(configs);
	const documents = [cluster!, ...others.filter(() => random.once(3))].map((document) => structuredClone(document));
	for (let times = random.below(3); times > 0; times -= 1) spoil(random.pick(documents), random);
	const written = documents.map((document) => (random.once(2) ? toYaml(document) : `${JSON.stringify(document)}\n`));
	let text = written.join('---\n');
	for (let times = random.below(3) === 0 ? 1 + random.below(4) : 0; times > 0; times -= 1) text = bitten(text, random);
	return text;
}

/** The text with some of it cut out, doubled, moved, or put in. */
function bitten(text: string, random: Random): string {
	const at = random.below(text.length + 1);
	const length = random.below(random.once(3) ? 200 : 4) + 1;
	const change = random.below(5);
	if (change === 0) return text.slice(0, at) + text.slice(at + length);
	if (change === 1) return text.slice(0, at) + text.slice(at, at + length) + text.slice(at);
	if (change === 2) return text.slice(0, at);
	if (change === 3)
		return text.slice(0, at) + String.fromCharCode(random.below(random.once(2) ? 128 : 65_536)) + text.slice(at + 1);
	return text.slice(0, at) + hostileText(random) + text.slice(at);
}
