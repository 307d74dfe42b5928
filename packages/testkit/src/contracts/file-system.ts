import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { type FileSystem, FileSystemError } from '@cometmq/platform'

export interface FileSystemUnderTest {
  readonly files: FileSystem
  /** An empty folder. */
  readonly folder: string
  close?(): Promise<void>
}

/** What holds for every `FileSystem`. */
export function fileSystemContract(name: string, makeFiles: () => Promise<FileSystemUnderTest>): void {
  describe(`file system contract: ${name}`, () => {
    let subject: FileSystemUnderTest
    let files: FileSystem
    const at = (path: string) => `${subject.folder}/${path}`
    const put = async (path: string, content: string | Uint8Array) => {
      const file = await files.open(at(path), { create: true })
      await file.truncate(0)
      await file.write(Buffer.from(content as string), 0)
      await file.close()
    }
    const get = async (path: string) => (await files.readFile(at(path))).toString()
    const names = async (path: string) => (await files.list(path)).map((entry) => entry.name).sort()

    beforeEach(async () => {
      subject = await makeFiles()
      files = subject.files
    })
    afterEach(() => subject.close?.())

    contentTests()
    nameTests()
    lockTests()

    function contentTests(): void {
      test('what is written is read back, whichever way it was written', async () => {
        const file = await files.open(at('a'), { create: true })
        await file.write(Buffer.from('hello'), 0)
        file.writeNow(Buffer.from(' world'), 5)
        const buffer = Buffer.alloc(11)
        assert.equal(await file.read(buffer, 0), 11)
        assert.equal(buffer.toString(), 'hello world')
        await file.write(Buffer.from('J'), 0)
        assert.equal(await file.size(), 11)
        assert.equal(file.path, at('a'))
        await file.sync()
        await file.close()
        assert.equal(await get('a'), 'Jello world')
      })

      test('a write without a handle reaches a file that exists', async () => {
        await put('a', 'hello')
        const open = await files.open(at('a'))
        files.writeNow(at('a'), Buffer.from('y, you'), 4)
        assert.equal(await get('a'), 'helly, you')
        assert.equal(await open.size(), 10)
        await open.close()
        assert.throws(
          () => files.writeNow(at('missing'), Buffer.from('x'), 0),
          (error) => error instanceof FileSystemError && error.systemCode === 'ENOENT',
        )
      })

      test('what is read on the event loop is what is read off it', async () => {
        await put('a', 'abcdef')
        await files.makeDirectory(at('folder'))
        const buffer = Buffer.alloc(4, '.')
        assert.equal(files.readNow(at('a'), buffer, 1), 4)
        assert.equal(buffer.toString(), 'bcde')
        assert.equal(files.readNow(at('a'), buffer, 4), 2)
        assert.equal(files.readNow(at('a'), buffer, 6), 0)
        const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1)
        assert.deepEqual(files.listNow(at('')).sort(byName), (await files.list(at(''))).sort(byName))
        for (const name of ['a', 'folder', 'missing', 'a/below'])
          assert.deepEqual(files.statNow(at(name)), await files.stat(at(name)))
        const isMissing = (error: unknown) => error instanceof FileSystemError && error.systemCode === 'ENOENT'
        assert.throws(() => files.readNow(at('missing'), buffer, 0), isMissing)
        assert.throws(() => files.listNow(at('missing')), isMissing)
      })

      test('a read is short only at the end', async () => {
        await put('a', 'abcdef')
        const file = await files.open(at('a'), { readOnly: true })
        const buffer = Buffer.alloc(4, '.')
        assert.equal(await file.read(buffer, 4), 2)
        assert.equal(buffer.toString(), 'ef..')
        assert.equal(await file.read(buffer, 6), 0)
        assert.equal(await file.read(buffer, 1_000), 0)
        assert.equal(await file.read(Buffer.alloc(0), 0), 0)
        await file.close()
      })

      test('a gap and a growth read as zero, a cut is gone for good', async () => {
        const file = await files.open(at('a'), { create: true })
        await file.write(Buffer.from('x'), 100_000)
        assert.deepEqual(await files.readFile(at('a')), Buffer.concat([Buffer.alloc(100_000), Buffer.from('x')]))
        await file.truncate(0)
        await file.write(Buffer.from('abcdef'), 0)
        await file.truncate(3)
        await file.truncate(6)
        assert.equal(await get('a'), 'abc\0\0\0')
        await file.write(Buffer.alloc(0), 50)
        assert.equal(await file.size(), 6)
        await file.close()
      })

      test('says what a file takes on the disk, or not that it knows', async (t) => {
        const { blockBytes } = await files.usage(subject.folder)
        if (blockBytes === undefined) return t.skip('this file system does not tell')
        const taken = async () => (await files.stat(at('a')))?.allocatedBytes ?? Number.NaN
        const file = await files.open(at('a'), { create: true })
        await file.truncate(100 * blockBytes)
        assert.ok((await taken()) <= 0, 'holes take nothing')
        await file.write(Buffer.from('x'), 50 * blockBytes + 7)
        assert.equal(await taken(), blockBytes)
        await file.write(Buffer.alloc(2, 'x'), 8 * blockBytes - 1)
        await file.sync()
        assert.equal(await taken(), 3 * blockBytes, 'a block that is not written in full counts in full')
        await file.close()
      })

      test('a file of 1 GiB is made at once, and is written at its end', async () => {
        const length = 1024 ** 3
        const file = await files.open(at('a'), { create: true })
        await file.truncate(length)
        await file.write(Buffer.from('end'), length - 3)
        const buffer = Buffer.alloc(8)
        assert.equal(await file.read(buffer, length - 5), 5)
        assert.equal(buffer.toString('latin1'), '\0\0end\0\0\0')
        assert.equal(await file.size(), length)
        await file.close()
      })

      test('many writes and reads at once do not mix', async () => {
        const file = await files.open(at('a'), { create: true })
        const blocks = Array.from({ length: 64 }, (_, index) => Buffer.alloc(10_000, index))
        await Promise.all(blocks.map((block, index) => file.write(block, index * block.length)))
        const read = await Promise.all(
          blocks.map(async (block, index) => {
            const buffer = Buffer.alloc(block.length)
            await file.read(buffer, index * block.length)
            return buffer
          }),
        )
        assert.deepEqual(read, blocks)
        await file.close()
      })

      test('close waits for what is under way and may be repeated; then the file refuses', async () => {
        const file = await files.open(at('a'), { create: true })
        const written = file.write(Buffer.alloc(1_000_000, 7), 0)
        await Promise.all([file.close(), file.close()])
        await written
        assert.equal((await files.stat(at('a')))?.size, 1_000_000)
        await file.close()
        await fails(file.write(Buffer.from('x'), 0), 'EBADF')
        await fails(file.read(Buffer.alloc(1), 0), 'EBADF')
        await fails(file.sync(), 'EBADF')
        await fails(file.truncate(0), 'EBADF')
        await fails(file.size(), 'EBADF')
        assert.throws(() => file.writeNow(Buffer.from('x'), 0), isError('EBADF'))
      })

      test('a file opened for reading refuses writes', async () => {
        await put('a', 'x')
        const file = await files.open(at('a'), { readOnly: true })
        await fails(file.write(Buffer.from('y'), 0), 'EBADF')
        assert.throws(() => file.writeNow(Buffer.from('y'), 0), isError('EBADF'))
        await fails(file.truncate(0), 'EINVAL')
        await file.close()
        assert.equal(await get('a'), 'x')
      })

      test('open makes a file only when asked to, and only once when exclusive', async () => {
        await fails(files.open(at('a')), 'ENOENT', 'open')
        await fails(files.open(at('missing/a'), { create: true }), 'ENOENT', 'open')
        const first = await files.open(at('a'), { create: true, exclusive: true })
        await fails(files.open(at('a'), { create: true, exclusive: true }), 'EEXIST', 'open')
        const second = await files.open(at('a'))
        await first.write(Buffer.from('shared'), 0)
        assert.equal(await second.size(), 6)
        await Promise.all([first.close(), second.close()])
        await fails(files.open(subject.folder), 'EISDIR', 'open')
        await fails(files.open(at('a/b'), { create: true }), 'ENOTDIR', 'open')
      })

      test('readFile gives everything, nothing of an empty file, and refuses what is too large or missing', async () => {
        await put('a', 'content')
        await put('empty', '')
        assert.equal(await get('a'), 'content')
        assert.equal(await get('empty'), '')
        assert.equal((await files.readFile(at('a'), 7)).length, 7)
        await fails(files.readFile(at('a'), 6), 'EFBIG', 'readFile')
        await fails(files.readFile(at('missing')), 'ENOENT')
      })
    }

    function nameTests(): void {
      test('stat tells files from folders, and nothing from both', async () => {
        await put('a', 'abc')
        const file = await files.stat(at('a'))
        assert.equal(file?.size, 3)
        assert.equal(file.isDirectory, false)
        assert.ok(Number.isSafeInteger(file.modifiedAt))
        assert.equal((await files.stat(subject.folder))?.isDirectory, true)
        assert.equal(await files.stat(at('missing')), undefined)
        assert.equal(await files.stat(at('missing/deeper')), undefined)
        assert.equal(await files.stat(at('a/deeper')), undefined)
      })

      test('makeDirectory makes what is missing above too, and may be repeated', async () => {
        await files.makeDirectory(at('x/y/z'))
        await files.makeDirectory(at('x/y/z'))
        assert.equal((await files.stat(at('x/y/z')))?.isDirectory, true)
        await put('a', '')
        await fails(files.makeDirectory(at('a')), 'EEXIST', 'makeDirectory')
        await fails(files.makeDirectory(at('a/b')), 'ENOTDIR', 'makeDirectory')
      })

      test('list names what lies in a folder', async () => {
        await put('b', '')
        await files.makeDirectory(at('d'))
        await put('d/inner', '')
        const entries = (await files.list(subject.folder)).sort((a, b) => (a.name < b.name ? -1 : 1))
        assert.deepEqual(entries, [
          { name: 'b', isDirectory: false },
          { name: 'd', isDirectory: true },
        ])
        await fails(files.list(at('missing')), 'ENOENT', 'list')
        await fails(files.list(at('b')), 'ENOTDIR', 'list')
      })

      test('rename replaces in one step, and an open file keeps its content', async () => {
        await put('new', 'new')
        await put('old', 'old')
        const open = await files.open(at('old'))
        await files.rename(at('new'), at('old'))
        assert.equal(await get('old'), 'new')
        assert.deepEqual(await names(subject.folder), ['old'])
        const buffer = Buffer.alloc(3)
        await open.read(buffer, 0)
        assert.equal(buffer.toString(), 'old')
        await open.close()
        await fails(files.rename(at('missing'), at('x')), 'ENOENT', 'rename')
      })

      test('rename moves between folders, and moves folders with what is in them', async () => {
        await files.makeDirectory(at('from'))
        await files.makeDirectory(at('to'))
        await put('from/a', 'a')
        await files.rename(at('from/a'), at('to/b'))
        assert.deepEqual(await names(at('from')), [])
        await files.rename(at('to'), at('moved'))
        assert.equal(await get('moved/b'), 'a')
        assert.equal(await files.stat(at('to')), undefined)
        await put('file', '')
        await fails(files.rename(at('file'), at('moved')), 'EISDIR')
        await fails(files.rename(at('moved'), at('file')), 'ENOTDIR')
        await fails(files.rename(at('from'), at('moved')), 'ENOTEMPTY')
        await fails(files.rename(at('moved'), at('moved/inside')), 'EINVAL')
      })

      test('remove and removeDirectory take away, and what is missing is no error', async () => {
        await put('a', 'still read')
        const open = await files.open(at('a'))
        await files.remove(at('a'))
        await files.remove(at('a'))
        assert.equal(await files.stat(at('a')), undefined)
        assert.equal(await open.size(), 10)
        await open.close()
        await files.makeDirectory(at('d'))
        await put('d/a', '')
        await fails(files.removeDirectory(at('d')), 'ENOTEMPTY', 'removeDirectory')
        await fails(files.remove(at('d')), 'EISDIR', 'remove')
        await fails(files.removeDirectory(at('d/a')), 'ENOTDIR', 'removeDirectory')
        await files.remove(at('d/a'))
        await files.removeDirectory(at('d'))
        await files.removeDirectory(at('d'))
        assert.deepEqual(await names(subject.folder), [])
      })

      test('syncDirectory takes folders, and usage tells what is free', async () => {
        await put('a', 'x')
        await files.syncDirectory(subject.folder)
        await fails(files.syncDirectory(at('missing')), 'ENOENT', 'syncDirectory')
        await fails(files.syncDirectory(at('a')), 'ENOTDIR', 'syncDirectory')
        const { totalBytes, usedBytes, freeBytes } = await files.usage(subject.folder)
        assert.ok(totalBytes > 0 && freeBytes >= 0 && usedBytes > 0 && usedBytes + freeBytes <= totalBytes)
        await fails(files.usage(at('missing')), 'ENOENT', 'usage')
      })

      test('syncDisk says whether it has worked', async () => {
        await put('a', 'x')
        assert.equal(typeof (await files.syncDisk(subject.folder)), 'boolean')
        assert.equal(await get('a'), 'x')
      })
    }

    function lockTests(): void {
      test('a lock has one holder, until it is released', async () => {
        const lock = await files.lock(at('lock'))
        assert.ok(lock)
        assert.equal((await files.stat(at('lock')))?.isDirectory, false)
        assert.equal(await files.lock(at('lock')), undefined)
        assert.equal(await files.lock(at('lock')), undefined)
        const other = await files.lock(at('other'))
        assert.ok(other)
        await lock.release()
        await lock.release()
        const again = await files.lock(at('lock'))
        assert.ok(again)
        await lock.release()
        assert.equal(await files.lock(at('lock')), undefined)
        await Promise.all([again.release(), other.release()])
        assert.deepEqual(await names(subject.folder), ['lock', 'other'])
      })

      test('of several that ask at once, one gets the lock, also on a file with content', async () => {
        await put('lock', 'lock')
        const locks = await Promise.all(Array.from({ length: 5 }, () => files.lock(at('lock'))))
        const held = locks.filter((lock) => lock !== undefined)
        assert.equal(held.length, 1)
        await held[0]?.release()
        await fails(files.lock(at('missing/lock')), 'ENOENT', 'lock')
        await fails(files.lock(subject.folder), 'EISDIR', 'lock')
      })
    }
  })
}

function fails(work: Promise<unknown>, systemCode: string, operation?: string): Promise<void> {
  return assert.rejects(work, isError(systemCode, operation))
}

function isError(systemCode: string, operation?: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof FileSystemError, `${error}`)
    assert.equal(error.systemCode, systemCode, error.message)
    if (operation !== undefined) assert.equal(error.operation, operation)
    return true
  }
}
