#!/usr/bin/with-contenv bashio
# Serves as the add-on's options say, and tells Home Assistant where.

languages=$(bashio::config 'languages | join(",")')
arguments=(serve --wyoming tcp://0.0.0.0:10400 --clients "$(bashio::config clients)" --language "${languages}")
if bashio::config.has_value models; then
  arguments+=(--models "$(bashio::config models)")
fi
if bashio::config.has_value profile; then
  arguments+=(--profile "$(bashio::config profile)")
elif ! bashio::config.equals threshold 0; then
  # 0 stands for the models' own thresholds.
  arguments+=(--threshold "$(bashio::config threshold)")
fi

# Home Assistant is told once somebody answers.
{
  for _ in $(seq 60); do
    if (: < /dev/tcp/127.0.0.1/10400) 2> /dev/null; then
      if bashio::discovery wyoming "$(bashio::var.json uri "tcp://$(hostname):10400")" > /dev/null; then
        bashio::log.info "Home Assistant was told of tcp://$(hostname):10400"
      else
        bashio::log.error "Home Assistant could not be told; add the integration Wyoming Protocol by hand"
      fi
      break
    fi
    sleep 1
  done
} &

exec polyspot "${arguments[@]}"
