/** Milliseconds of processor that this thread has used: what an input costs, however busy the machine is. */
export function effortMs(): number {
	const {user, system} = process.threadCpuUsage();
	return (user + system) / 1000;
}
