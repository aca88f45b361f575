/** One at a time, across processes: flock(1) holds the lock, the kernel frees it when we end in whatever way. */
import {spawn} from 'node:child_process';
import {mkdirSync} from 'node:fs';
import {dirname} from 'node:path';

/** Runs `work` while this process holds `file`; waits for others to be done. */
export async function underLock<T>(file: string, work: () => Promise<T>): Promise<T> {
	mkdirSync(dirname(file), {recursive: true});
	// cat lives until its stdin ends: when we let go of it, or when we die.
	const holder = spawn('flock', [file, 'sh', '-c', 'echo held; exec cat'], {stdio: ['pipe', 'pipe', 'inherit']});
	try {
		await new Promise<void>((resolve, reject) => {
			holder.once('error', reject);
			holder.once('close', (code) => reject(new Error(`flock ${file} ended with ${code}`)));
			holder.stdout.once('data', () => resolve());
		});
		return await work();
	} finally {
		const gone = new Promise((resolve) => holder.once('close', resolve));
		holder.stdin.end();
		if (holder.exitCode === null && holder.signalCode === null) await gone;
	}
}
