import type {Content, Lock, Step} from '../model.ts';
import type {Glance} from './glance.ts';

export type StepOf<K extends Step['kind']> = Extract<Step, {kind: K}>;

/** What compiling needs to know beside the steps. */
export type Context = {
	readonly lock: Lock;
	/** Where a locked artifact can be downloaded, in the order in which to try. Where none works, the operator brings it. */
	readonly urls: (artifact: string) => readonly string[];
	readonly downloader?: 'curl' | 'wget';
	/** `unix:///run/containerd/containerd.sock` */
	readonly criSocket: string;
	/** URL of the API server on this node; absent on nodes that have none. */
	readonly server?: string;
};

/**
 * Puts a content beside the program and gives the name under which the program finds it in its directory. With a list, the name is a
 * line of the file `f.LIST` too.
 */
export type Load = (content: Content, list?: string) => string;

/**
 * One kind of step on the node's side: constant shell functions `see_KIND` (0 when it is so already) and `do_KIND`,
 * and the arguments that both get. Arguments are the only place where values of a config meet a program.
 */
export type Kind<K extends Step['kind']> = {
	readonly shell: string;
	words(step: StepOf<K>, context: Context, load: Load): readonly string[];
	/** A function that is called with a step's index and words at the program's beginning, and works beside the first steps. */
	readonly early?: string;
	/** The same for a program that only looks: what takes a while is asked then, all at once, and its answer is waited for in its place. */
	readonly ahead?: string;
	/** For kinds that look at a file or folder: what a program that only looks shall ask about with all others. */
	glance?(step: StepOf<K>): Glance;
};

/**
 * A kind whose adjacent steps are done together: one line of the program, with a table beside it that has a row for each step.
 * A row is the step's index, its input hash, what `rows` says (without white space), and last the step's name as JSON.
 */
export type Group<K extends Step['kind']> = {
	/** Functions, among them `group_KIND TABLE WORDS…`, or what `call` names. */
	readonly shell: string;
	rows(step: StepOf<K>, context: Context, load: Load): readonly string[];
	words(steps: readonly StepOf<K>[], context: Context): readonly string[];
	call?(step: StepOf<K>): string;
	/** As of a kind; called with what the group's function is called with. */
	ahead?(step: StepOf<K>): string | undefined;
	/** Whether a step goes on a group that this one is in; default: always. */
	joins?(step: StepOf<K>, group: StepOf<K>): boolean;
};
