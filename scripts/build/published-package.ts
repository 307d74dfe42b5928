/** What of a `package.json` in the workspace matters here. */
export interface WorkspacePackage {
  name: string
  version: string
  description: string
  license: string
  exports?: Record<string, string>
  bin?: Record<string, string>
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
}

/** The oldest Node that has all that the compiled packages use. */
const oldestNode = '>=22.18'

export interface Publishing {
  /** All that it imports is in its own files: it depends on nothing. */
  bundled?: boolean
  /** What is published besides its code. */
  files?: readonly string[]
}

/**
 * The `package.json` of the package as it is published: exports lead to compiled files, and what only the checkout needs is gone. A package with a command
 * brings the runtime that the workspace pins.
 */
export function publishedPackage(
  source: WorkspacePackage,
  workspace: WorkspacePackage,
  { bundled = false, files = [] }: Publishing = {},
): object {
  const { name, version, description, license, exports = {}, bin, dependencies } = source
  return {
    name,
    version,
    description,
    license,
    type: 'module',
    // The launcher of a command itself starts on an older Node, and hands over.
    engines: { node: bin === undefined ? oldestNode : '>=18' },
    exports: Object.fromEntries(Object.entries(exports).map(([key, path]) => [key, compiledExport(path)])),
    ...(bin && { bin, optionalDependencies: workspace.optionalDependencies }),
    files: [...(bin === undefined ? [] : ['bin']), 'dist', ...files],
    ...(!bundled && { dependencies }),
  }
}

/** `./src/a/index.ts` is published as `./dist/a/index.js`. */
function compiledExport(path: string): { types: string; default: string } {
  const stem = path.replace(/^\.\/src\//, './dist/').replace(/\.ts$/, '')
  return { types: `${stem}.d.ts`, default: `${stem}.js` }
}
