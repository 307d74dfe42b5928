import { Lane, type Route } from '@cometmq/remoting'
import { addWritePermOfBroker } from './processors/add-write-perm-of-broker.ts'
import { brokerHeartbeat } from './processors/broker-heartbeat.ts'
import { deleteKvConfig } from './processors/delete-kv-config.ts'
import { deleteTopicInNamesrv } from './processors/delete-topic-in-namesrv.ts'
import { getAllTopicListFromNameserver } from './processors/get-all-topic-list-from-nameserver.ts'
import { getBrokerClusterInfo } from './processors/get-broker-cluster-info.ts'
import { getBrokerMemberGroup } from './processors/get-broker-member-group.ts'
import { getHasUnitSubTopicList } from './processors/get-has-unit-sub-topic-list.ts'
import { getHasUnitSubUnunitTopicList } from './processors/get-has-unit-sub-ununit-topic-list.ts'
import { getKvConfig } from './processors/get-kv-config.ts'
import { getKvListByNamespace } from './processors/get-kv-list-by-namespace.ts'
import { getNamesrvConfig } from './processors/get-namesrv-config.ts'
import { getRouteinfoByTopic, type RouteDeps } from './processors/get-routeinfo-by-topic.ts'
import { getSystemTopicListFromNs } from './processors/get-system-topic-list-from-ns.ts'
import { getTopicsByCluster } from './processors/get-topics-by-cluster.ts'
import { getUnitTopicList } from './processors/get-unit-topic-list.ts'
import { putKvConfig } from './processors/put-kv-config.ts'
import { queryDataVersion } from './processors/query-data-version.ts'
import { type RegisterBrokerDeps, registerBroker } from './processors/register-broker.ts'
import { registerTopicInNamesrv } from './processors/register-topic-in-namesrv.ts'
import { unregisterBroker } from './processors/unregister-broker.ts'
import { updateNamesrvConfig } from './processors/update-namesrv-config.ts'
import { wipeWritePermOfBroker } from './processors/wipe-write-perm-of-broker.ts'

/** All that a NameServer answers, by whom, how many at once. */
export function routes(deps: RouteDeps & RegisterBrokerDeps): Route[] {
  const { clientRequestQueueCapacity, defaultQueueCapacity } = deps.options.current
  // Clients that poll routes must not keep brokers from registering.
  const route = new Lane('route', clientRequestQueueCapacity)
  const lane = new Lane('default', defaultQueueCapacity)
  return [
    { processor: getRouteinfoByTopic(deps), lane: route },

    { processor: registerBroker(deps), lane },
    { processor: unregisterBroker(deps), lane },
    { processor: brokerHeartbeat(deps), lane },
    { processor: queryDataVersion(deps), lane },
    { processor: getBrokerMemberGroup(deps), lane },

    { processor: getBrokerClusterInfo(deps), lane },
    { processor: wipeWritePermOfBroker(deps), lane },
    { processor: addWritePermOfBroker(deps), lane },
    { processor: registerTopicInNamesrv(deps), lane },
    { processor: deleteTopicInNamesrv(deps), lane },

    { processor: getAllTopicListFromNameserver(deps), lane },
    { processor: getTopicsByCluster(deps), lane },
    { processor: getSystemTopicListFromNs(deps), lane },
    { processor: getUnitTopicList(deps), lane },
    { processor: getHasUnitSubTopicList(deps), lane },
    { processor: getHasUnitSubUnunitTopicList(deps), lane },

    { processor: putKvConfig(deps), lane },
    { processor: getKvConfig(deps), lane },
    { processor: deleteKvConfig(deps), lane },
    { processor: getKvListByNamespace(deps), lane },

    { processor: updateNamesrvConfig(deps), lane },
    { processor: getNamesrvConfig(deps), lane },
  ]
}
