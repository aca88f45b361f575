/** Objects of the cluster: from the documents of a template to the steps that put them there. */
import type {Step} from '../model.ts';
import {placed, renderText} from '../render.ts';
import {parseYaml} from '../yaml.ts';

type ObjectStep = Extract<Step, {kind: 'object'}>;
type Named = {apiVersion: string; kind: string; metadata: {name: string; namespace?: string}};

/** One step for each document of `objects/NAME`, in their order. */
export function objects(template: string, data: object, own: ObjectStep['own'] = 'apply'): ObjectStep[] {
	return documents(template, data).map((object) => objectStep(object, own));
}

/** The documents themselves, for phases that change one before it becomes a step. Secrets are still framed. */
export function documents(template: string, data: object): unknown[] {
	const {documents: all, problems} = parseYaml(renderText(`objects/${template}`, data));
	if (problems.length > 0) throw new Error(`template objects/${template}: ${problems[0]!.message}`);
	return all.map(({value}) => value);
}

export function objectStep(object: unknown, own: ObjectStep['own'] = 'apply'): ObjectStep {
	const {apiVersion, kind, metadata} = object as Named;
	const name = placed(metadata.name);
	// A name that is made with a secret is not told to anybody.
	const shown = typeof name === 'string' ? name : name.map((part) => (typeof part === 'string' ? part : '*')).join('');
	return {
		kind: 'object',
		id: [apiVersion, kind, metadata.namespace ?? '', shown].join('/'),
		own,
		manifest: placed(JSON.stringify(object)),
	};
}
