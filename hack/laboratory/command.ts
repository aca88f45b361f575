/** Runs other programs for the lab: argv only, output captured, a failure carries what the program said. */
import {spawn} from 'node:child_process';
import {delimiter} from 'node:path';
import {env} from 'node:process';

/**
 * The system's programs: npm puts the commands of its packages first, and one of those is called nft too.
 * Administrators' folders and Go's are added where a login shell has left them out.
 */
const folders = [...(env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin', '/usr/local/go/bin'];
export const systemPath = folders.filter((folder) => !folder.includes('node_modules')).join(delimiter);

export type Outcome = {readonly code: number; readonly stdout: string; readonly stderr: string};

export type CommandOptions = {
	readonly cwd?: string;
	readonly env?: Readonly<Record<string, string>>;
	readonly stdin?: string;
	/** Exit codes other than 0 are an answer, not a failure. */
	readonly mayFail?: boolean;
	/** Sees each line of stderr as it comes. */
	readonly onLine?: (line: string) => void;
};

/** Throws an Error with the last lines of the program's output when it ends with another code than 0. */
export async function run(argv: readonly string[], options: CommandOptions = {}): Promise<Outcome> {
	const [program = '', ...args] = argv;
	const child = spawn(program, args, {
		cwd: options.cwd,
		env: {...env, PATH: systemPath, ...options.env},
		stdio: [options.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
	});
	let stdout = '';
	let stderr = '';
	let rest = '';
	child.stdout?.setEncoding('utf8').on('data', (text: string) => {
		stdout += text;
	});
	child.stderr?.setEncoding('utf8').on('data', (text: string) => {
		stderr += text;
		const lines = (rest + text).split('\n');
		rest = lines.pop() ?? '';
		for (const line of lines) options.onLine?.(line);
	});
	child.stdin?.on('error', () => {});
	child.stdin?.end(options.stdin);
	const code = await new Promise<number>((resolve, reject) => {
		child.on('error', reject);
		child.on('close', (exit, signal) => resolve(exit ?? (signal === null ? 1 : 128)));
	});
	if (code !== 0 && options.mayFail !== true) {
		const said = `${stdout}\n${stderr}`.trim().split('\n').slice(-12).join('\n');
		throw new Error(`${argv.join(' ')} ended with ${code}:\n${said}`);
	}
	return {code, stdout, stderr};
}

export function tell(line: string): void {
	process.stderr.write(`${line}\n`);
}
