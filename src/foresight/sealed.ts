/** The file of a plan: canonical JSON that has its own sha256 in it. */
import {ConfigError} from '../errors.ts';
import {canonical, digest, format, type Saved} from './saved.ts';

export function sealed(saved: Saved): string {
	return `${canonical({...saved, sha256: digest(saved)}, '\t')}\n`;
}

/** Reads it back. Throws ConfigError for what is no plan, is one of another format, or was changed by as much as a space. */
export function opened(text: string, file: string): Saved {
	const refuse = (message: string) => new ConfigError([{file, message, hint: 'make it anew: kubestrap plan --save FILE'}]);
	const whole = parsed(text);
	if (typeof whole !== 'object' || whole === null || !('format' in whole) || !('sha256' in whole))
		throw refuse('this is no plan of kubestrap');
	const {sha256, ...saved} = whole;
	if (saved.format !== format)
		throw refuse(`a plan of the form ${JSON.stringify(saved.format).slice(0, 60)}, and this kubestrap knows ${format}`);
	if (digest(saved) !== sha256) throw refuse('the plan was altered: it is not what its sha256 says');
	// The seal says that nobody changed it by accident; who makes seals of his own may have left something out.
	if (!isSaved(saved) || sealed(saved) !== text) throw refuse('the plan was altered: it is not as kubestrap writes it');
	return saved;
}

function parsed(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

const isText = (value: unknown) => typeof value === 'string';
const isTexts = (value: unknown): value is Record<string, string> =>
	typeof value === 'object' && value !== null && Object.values(value).every(isText);

/** The shape of all that is compared; `differences` are for people, and are not read. */
function isSaved(value: object): value is Saved {
	const {clusterId, recipe, settings, makes, nodes} = value as Partial<Record<keyof Saved, unknown>>;
	return (
		isText(clusterId) &&
		isText(recipe) &&
		/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(clusterId as string) &&
		isTexts(settings) &&
		Array.isArray(makes) &&
		makes.every(isText) &&
		Array.isArray(nodes) &&
		nodes.every(isNode)
	);
}

function isNode(value: unknown): boolean {
	if (typeof value !== 'object' || value === null) return false;
	const {node, facts, steps} = value as Record<string, unknown>;
	const isStep = (step: unknown) => Array.isArray(step) && step.length === 3 && step.every(isText);
	return isText(node) && isTexts(facts) && Array.isArray(steps) && steps.every(isStep);
}
