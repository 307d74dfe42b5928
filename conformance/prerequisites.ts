import { spawnSync } from 'node:child_process'

const leastJava = 11

/** Why the rig cannot run here, or null when it can. */
export function missingPrerequisite(): string | null {
  const compiler = spawnSync('javac', ['-version'], { encoding: 'utf8' })
  const version = /javac (\d+)/.exec(`${compiler.stdout ?? ''}${compiler.stderr ?? ''}`)?.[1]
  if (compiler.status !== 0 || version === undefined)
    return `Java is not installed: it needs a JDK ${leastJava} or newer (java and javac)`
  if (Number(version) < leastJava) return `Java ${version} is too old: it needs a JDK ${leastJava} or newer`
  if (spawnSync('java', ['-version']).status !== 0) return 'there is a javac, but no java'
  if (spawnSync('mvn', ['-v']).status !== 0) return 'Maven is not installed: Apache RocketMQ is fetched through it'
  return null
}
