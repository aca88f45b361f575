#!/usr/bin/env node
/** The porch: from the process to a call, and from a result to an exit code. Nobody else exits; everybody else returns. */
import {readFileSync, writeSync} from 'node:fs';
import * as module from 'node:module';
import {homedir} from 'node:os';
import {join} from 'node:path';
import type {Argv} from 'yargs';
import type {Verb} from './commands/verbs.ts';

const root = join(import.meta.dirname, '..');
const args = process.argv.slice(2);
/** yargs loses a `-` that stands alone among words; so it goes through in disguise. */
const dash = '\0-';
const {version} = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {version: string};

// Answered before anything else is loaded, even the stream of stdout: this is how long the program needs to be there.
if (args.length === 1 && ['version', '--version'].includes(args[0]!)) sayVersion();
else await enter();

function sayVersion(): void {
	try {
		writeSync(1, `kubestrap ${version}\n`);
	} catch {
		// Nobody reads it any more.
	}
}

async function enter(): Promise<void> {
	// Compiled code is kept in the user's own folder: in one that others can write to, they could leave their code for us.
	module.enableCompileCache?.(join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'kubestrap', 'code'));
	// A reader that goes away (`| head -1`) must not end a run that changes machines.
	for (const stream of [process.stdout, process.stderr]) {
		stream.on('error', (error: NodeJS.ErrnoException) => {
			if (error.code !== 'EPIPE') throw error;
		});
	}
	process.on('uncaughtException', async (error) => process.exit(await fail(error)));
	process.exit(await parse().catch(fail));
}

function lone(value: unknown): unknown {
	return Array.isArray(value) ? value.map(lone) : value === dash ? '-' : value;
}

/** Reads the command line and calls the verb. Gives the exit code; a wrong command line is a ConfigError. */
async function parse(): Promise<number> {
	const [{default: yargs}, {verbs, introduction, exits}, {usageError}] = await Promise.all([
		import('yargs'),
		import('./commands/verbs.ts'),
		import('./commands/usage.ts'),
	]);
	let exit = 0;
	const add = (to: Argv, word: string, verb: Verb): Argv => {
		const {form = '', describe = ''} = verb.words ?? {};
		const name = /\w+/.exec(form)?.[0] ?? '';
		const run = async (argv: Record<string, unknown>) => {
			const given = Object.fromEntries(Object.entries(argv).map(([key, value]) => [key, lone(value)]));
			exit = await call(verb, {...given, words: [given[name] ?? []].flat()});
		};
		const build = (inner: Argv) => {
			const all = inner.options(Object.assign({}, ...verb.options));
			return name === '' ? all : all.positional(name, {describe, type: 'string'});
		};
		return to.command(`${word} ${form}`.trim(), verb.describe, build, run);
	};
	const parser = yargs(args.map((arg) => (arg === '-' ? dash : arg)))
		.scriptName('kubestrap')
		.usage(introduction)
		.epilogue(exits)
		.detectLocale(false)
		.exitProcess(false)
		.parserConfiguration({'camel-case-expansion': false, 'dot-notation': false})
		.wrap(Math.min(110, process.stdout.columns || 100))
		.version(false)
		.help()
		.alias('help', 'h')
		.strict()
		.demandCommand(1, 'no command given')
		.fail((message, error) => {
			throw error ?? usageError(message);
		});
	for (const [word, group] of Map.groupBy(verbs, ({name}) => name.split(' ')[0]!)) {
		const [first] = group;
		if (first?.name === word) add(parser, word, first);
		else {
			const inside = group.map((verb) => [verb.name.slice(word.length + 1), verb] as const);
			const names = inside.map(([name]) => name).join(', ');
			const open = (inner: Argv) =>
				inside.reduce((to, [name, verb]) => add(to, name, verb), inner).demandCommand(1, `${word} needs one of ${names}`);
			parser.command(word, names, open);
		}
	}
	await parser.parseAsync();
	return exit;
}

async function call(verb: Verb, argv: Record<string, unknown>): Promise<number> {
	const {flagsOf} = await import('./commands/options.ts');
	const {ConfigError} = await import('./errors.ts');
	const {timeLimit} = await import('./commands/time-limit.ts');
	const {flags, problems} = flagsOf(argv, {noColor: !colors()});
	if (problems.length > 0) throw new ConfigError(problems, {hint: `kubestrap ${verb.name} --help`});
	const {stopSignal} = await import('./commands/stop-signal.ts');
	const signal = AbortSignal.any([stopSignal(process), timeLimit(typeof argv.timeout === 'string' ? argv.timeout : undefined)]);
	const {stdin, stdout, stderr, env} = process;
	const command = await verb.load();
	return command({flags, around: {stdin, stdout, stderr, env, cwd: process.cwd(), home: homedir(), root, version, signal}});
}

function colors(): boolean {
	return !process.env.NO_COLOR && process.env.TERM !== 'dumb';
}

async function fail(error: unknown): Promise<number> {
	const [{errorText, exitCodeOf}, {paint}] = await Promise.all([import('./report/failure.ts'), import('./report/paint.ts')]);
	process.stderr.write(`${errorText(error, paint(colors() && process.stderr.isTTY === true))}\n`);
	return exitCodeOf(error);
}
