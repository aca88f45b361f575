/** A program of the bench in one file, made as the CLI is made. */
import {join} from 'node:path';
import {build} from 'esbuild';
import {repository} from '../laboratory/places.ts';

/** Below the repository, because a bundle looks for the templates above itself. */
const cache = join(repository, 'node_modules/.cache/kubestrap-bench');

/** Where started bundles keep their compiled code: `env` for them. */
export const compiled = {NODE_COMPILE_CACHE: join(cache, 'code')};

/** Bundles `hack/benches/NAME.ts` and gives the path. */
export async function bundled(name: string): Promise<string> {
	const outfile = join(cache, `${name}.mjs`);
	await build({
		absWorkingDir: repository,
		entryPoints: [`hack/benches/${name}.ts`],
		outfile,
		bundle: true,
		minify: true,
		format: 'esm',
		platform: 'node',
		target: 'node24',
		logLevel: 'error',
		external: ['cpu-features', '*.node'],
		define: {__dirname: 'import.meta.dirname', __filename: 'import.meta.filename'},
		banner: {js: "import {createRequire as made} from 'node:module';const require=made(import.meta.url);"},
	});
	return outfile;
}
