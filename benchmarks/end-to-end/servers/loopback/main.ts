import { acknowledgingServer } from './acknowledging-server.ts'

const port = Number(process.argv[2])
acknowledgingServer().listen(port, '127.0.0.1', () => console.log(`ready on ${port}`))
