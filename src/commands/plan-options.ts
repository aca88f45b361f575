/** Flags of those who ask first what would be done. */
import type {Options} from './options.ts';

export type PlanFlags = {
	/** The file that gets the plan. */
	readonly save?: string;
	/** The file that has one. */
	readonly plan?: string;
};

export const dryRunOption: Options = {
	'dry-run': {type: 'boolean', describe: 'say what would be done, and do nothing'},
};
export const savePlanOption: Options = {save: {type: 'string', describe: 'file that gets the plan, for apply --plan'}};
export const planOption: Options = {
	plan: {
		type: 'string',
		describe: 'do exactly what this plan says (plan --save), and only while the machines are as they were seen',
	},
};
export const planOptions: Options = {...dryRunOption, ...savePlanOption, ...planOption};

/** Of a command line, read by `value`. */
export function planFlags(value: (name: string) => unknown): {readonly dryRun: boolean; readonly plan: PlanFlags} {
	const given = ['save', 'plan'].map((name) => [name, value(name)] as const).filter(([, file]) => file !== undefined);
	return {dryRun: value('dry-run') === true, plan: Object.fromEntries(given) as PlanFlags};
}
