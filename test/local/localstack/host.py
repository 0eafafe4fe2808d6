"""Runs LocalStack in host mode, without Docker: its functions as processes, its DynamoDB with what is at hand.

LocalStack ships one way to run a Lambda function, a container. This adds another through the extension point it has
for that (`localstack.lambda.runtime_executor`). It would also download DynamoDB Local and a JRE; this has it use the
ones it is given.

Environment, beside LocalStack's own: FUNCTION_NODE, the `node` to run functions with; FUNCTION_RUNTIME, the module
that serves one (`function.ts`); DYNAMODB_COMMAND, what starts DynamoDB Local but for its port, as JSON.
"""

import functools
import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time

from localstack import config
from localstack.runtime.main import main
from localstack.services.dynamodb.server import DynamodbServer
from localstack.services.lambda_.invocation import runtime_executor
from localstack.services.lambda_.invocation.executor_endpoint import StatusErrorException
from localstack.services.lambda_.invocation.lambda_models import FunctionVersion, InvocationResult
from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin
from localstack.utils.run import ShellCommandThread
from localstack.utils.threads import TMP_THREADS
from plux import PluginFinder, PluginManager, PluginSpec
from twisted.internet import endpoints

LOOPBACK = "127.0.0.1"


class FunctionGone(Exception):
    """The function's process ended before it answered."""


class ProcessRuntimeExecutor(runtime_executor.RuntimeExecutor):
    """One execution environment: a Node process that serves one invocation after the other over a socket.

    As in AWS, a process that ends or runs out of time is replaced at the next invocation.
    """

    def __init__(self, id: str, function_version: FunctionVersion) -> None:
        super().__init__(id, function_version)
        self.env_vars: dict[str, str] = {}
        self.directory = tempfile.mkdtemp(prefix="function-")
        self.process: subprocess.Popen | None = None
        self.socket: socket.socket | None = None
        self.output = open(os.path.join(self.directory, "output"), "w+b")
        self.seen = 0
        self.lock = threading.Lock()

    def start(self, env_vars: dict[str, str]) -> None:
        code = str(self.function_version.config.code.get_unzipped_code_location())
        self.env_vars = {
            "PATH": os.environ["PATH"],
            "HOME": self.directory,
            **{name: str(value) for name, value in env_vars.items()},
            "LAMBDA_TASK_ROOT": code,
        }
        self._spawn()

    def _spawn(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                [os.environ["FUNCTION_NODE"], os.environ["FUNCTION_RUNTIME"], str(theirs.fileno())],
                cwd=self.env_vars["LAMBDA_TASK_ROOT"],
                env=self.env_vars,
                stdin=subprocess.DEVNULL,
                stdout=self.output,
                stderr=self.output,
                pass_fds=[theirs.fileno()],
            )
        self.socket = ours
        self.lines = ours.makefile("rb")
        try:
            ready = self._receive(config.LAMBDA_RUNTIME_ENVIRONMENT_TIMEOUT)
        except (FunctionGone, TimeoutError) as gone:
            self._end()
            ready = {"error": failure("Runtime.ExitError", str(gone) or "The function does not start")}
        if "error" in ready:
            raise StatusErrorException("The function does not start", payload=ready["error"].encode())

    def _receive(self, seconds: float) -> dict:
        self.socket.settimeout(seconds)
        line = self.lines.readline()
        if not line.endswith(b"\n"):
            code = self.process.wait(timeout=5)
            raise FunctionGone(f"Runtime exited with status {code}")
        return json.loads(line)

    def invoke(self, payload: dict[str, str]) -> InvocationResult:
        timeout = self.function_version.config.timeout
        request_id = payload["invoke-id"]
        with self.lock:
            try:
                if self.process is None:
                    self._spawn()
                request = {**payload, "deadline": int((time.time() + timeout) * 1000)}
                self.socket.sendall(json.dumps(request).encode() + b"\n")
                answer = self._receive(timeout)
            except (FunctionGone, OSError) as gone:
                self._end()
                timed_out = isinstance(gone, TimeoutError)
                answer = {
                    "error": failure("Sandbox.Timedout", f"Task timed out after {timeout}.00 seconds")
                    if timed_out
                    else failure("Runtime.ExitError", f"RequestId: {request_id} Error: {gone}")
                }
            except StatusErrorException as failed:
                answer = {"error": failed.payload.decode()}
            is_error = "error" in answer
            return InvocationResult(
                request_id,
                (answer["error"] if is_error else answer["response"]).encode(),
                is_error=is_error,
                logs=self._new_output() or f"END RequestId: {request_id}\n",
            )

    def _new_output(self) -> str:
        output = os.pread(self.output.fileno(), os.fstat(self.output.fileno()).st_size - self.seen, self.seen)
        self.seen += len(output)
        return output.decode(errors="replace")

    def _end(self) -> None:
        process, self.process = self.process, None
        if process is not None:
            process.kill()
            process.wait()
        if self.socket is not None:
            self.lines.close()
            self.socket.close()
            self.socket = None

    def stop(self) -> None:
        self._end()
        self.output.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    def get_address(self) -> str:
        return LOOPBACK

    def get_endpoint_from_executor(self) -> str:
        return LOOPBACK

    def get_runtime_endpoint(self) -> str:
        return f"http://{LOOPBACK}:{config.GATEWAY_LISTEN[0].port}/_localstack_lambda/{self.id}"

    def get_logs(self) -> str:
        return "" if self.output.closed else os.pread(self.output.fileno(), 1 << 20, 0).decode(errors="replace")

    @classmethod
    def prepare_version(cls, function_version: FunctionVersion) -> None:
        function_version.config.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version: FunctionVersion) -> None:
        pass


def failure(kind: str, message: str) -> str:
    return json.dumps({"errorType": kind, "errorMessage": message})


class ProcessRuntimeExecutorPlugin(RuntimeExecutorPlugin):
    name = "process"

    def load(self, *args, **kwargs):
        return ProcessRuntimeExecutor


class OwnPlugins(PluginFinder):
    def find_plugins(self) -> list[PluginSpec]:
        return [PluginSpec(RuntimeExecutorPlugin.namespace, ProcessRuntimeExecutorPlugin.name, ProcessRuntimeExecutorPlugin)]


def start_dynamodb(server: DynamodbServer) -> ShellCommandThread:
    thread = ShellCommandThread(
        [*json.loads(os.environ["DYNAMODB_COMMAND"]), "-port", str(server.port)], auto_restart=True, name="dynamodb-local"
    )
    TMP_THREADS.append(thread)
    thread.start()
    return thread


if __name__ == "__main__":
    # LocalStack's server leaves out the host of GATEWAY_LISTEN and would listen on every interface.
    endpoints.TCP4ServerEndpoint = functools.partial(endpoints.TCP4ServerEndpoint, interface=LOOPBACK)
    runtime_executor.EXECUTOR_PLUGIN_MANAGER = PluginManager(RuntimeExecutorPlugin.namespace, finder=OwnPlugins())
    DynamodbServer.do_start_thread = start_dynamodb
    main()
